import type { CellGrid } from "./cell-grid.js";
import type { ColumnData } from "./column-data.js";

/** Past this many cells a file is more likely hostile than useful: 64 million numbers take 512 MB. */
export const MAX_CELLS = 64e6;

/** A table as read from a file: what the columns hold, and where each cell stands. */
export interface Dataset {
  readonly name: string; // the file's base name
  readonly sheet: string | null;
  readonly otherSheets: readonly string[];
  readonly place: string; // for messages: "weather.xlsx, sheet Sheet1"
  readonly rows: number; // of data
  readonly hasHeader: boolean; // else the columns are called A, B, C …
  readonly columns: readonly DatasetColumn[];
  /** For messages: "weather.xlsx, sheet Sheet1, cell E17". */
  cellAt(row: number, column: DatasetColumn): string;
}

/** A column of a table: its name, and what its cells hold. */
export interface DatasetColumn {
  readonly name: string;
  readonly position: number; // in the sheet, from 0
  readonly data: ColumnData;
  /** An unnamed column that counts the rows, as pandas writes its index. */
  readonly isIndex: boolean;
  /** The first cell that does not fit: that is no number or no date; in a text column, the first that is no number. */
  readonly stray: Stray | null;
}

/** A cell that is not what the others of its column are. */
export interface Stray {
  readonly row: number;
  readonly problem: string; // '"abc" is not a number'
}

/** What a format's reader hands over, before it is known what the columns hold. */
export interface Sheet {
  readonly grid: CellGrid;
  readonly sheet: string | null;
  readonly otherSheets: readonly string[];
  readonly place: string;
  readonly date1904: boolean;
  /** The place of the cell in a row and column of the grid, for messages. */
  cell(row: number, column: number, columnName: string): string;
}

/** Whether a column counts the rows, from 0 or 1. */
export function countsRows(data: ColumnData): boolean {
  if (data.kind !== "number" || data.numbers.length < 2) return false;
  const [first] = data.numbers;
  return (first === 0 || first === 1) && data.numbers.every((value, row) => value === first + row);
}
