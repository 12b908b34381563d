import { type CellGrid, Kind } from "./cell-grid.js";
import { isMissing } from "./missing-words.js";
import { parseTime } from "./parse-time.js";

const LOOK_AHEAD = 50; // rows

/** Where a sheet's table starts: its row of names, −1 where it has none, and its first row of data. */
export interface Header {
  readonly names: number;
  readonly data: number;
}

/**
 * Finds the row of names: the first row that holds names alone, or a name above a column of numbers or dates.
 * Titles above the table (rows of one text, where the table is wider) are passed over.
 */
export function findHeader(grid: CellGrid): Header {
  let row = nextRow(grid, 0);
  while (width(grid, row) === 1 && !holdsValues(grid, row) && widest(grid, row) > 1)
    row = nextRow(grid, row + 1);
  return isHeader(grid, row) ? { names: row, data: row + 1 } : { names: -1, data: row };
}

function isHeader(grid: CellGrid, row: number): boolean {
  if (!holdsValues(grid, row)) return true;
  return grid.columns.some((_, column) => isName(grid, row, column) && holdsValuesBelow(grid, row, column));
}

function isName(grid: CellGrid, row: number, column: number): boolean {
  if (grid.kindAt(row, column) !== Kind.text) return false;
  const text = grid.shown(row, column).trim();
  return (
    !isMissing(text) &&
    parseTime(text, "month first") === undefined &&
    parseTime(text, "day first") === undefined
  );
}

function isEmpty(grid: CellGrid, row: number, column: number): boolean {
  const kind = grid.kindAt(row, column);
  return kind === Kind.empty || (kind === Kind.text && grid.shown(row, column).trim() === "");
}

/** Whether a cell of the row holds anything but a name. */
function holdsValues(grid: CellGrid, row: number): boolean {
  return grid.columns.some((_, column) => !isEmpty(grid, row, column) && !isName(grid, row, column));
}

/** Whether the cells below are mostly numbers or dates. */
function holdsValuesBelow(grid: CellGrid, row: number, column: number): boolean {
  let filled = 0;
  let values = 0;
  for (let r = row + 1; r < Math.min(grid.rows, row + LOOK_AHEAD); r++) {
    if (isEmpty(grid, r, column)) continue;
    filled++;
    if (!isName(grid, r, column)) values++;
  }
  return values * 2 > filled;
}

function width(grid: CellGrid, row: number): number {
  let filled = 0;
  for (let column = 0; column < grid.columns.length; column++) if (!isEmpty(grid, row, column)) filled++;
  return filled;
}

function widest(grid: CellGrid, row: number): number {
  let most = 0;
  for (let r = row + 1; r < Math.min(grid.rows, row + LOOK_AHEAD); r++) most = Math.max(most, width(grid, r));
  return most;
}

/** The first row from `row` on that is not blank; the last one where all are. */
function nextRow(grid: CellGrid, row: number): number {
  let r = row;
  while (r < grid.rows - 1 && width(grid, r) === 0) r++;
  return r;
}
