import { NO_TIME } from "../../shared/series.js";
import { type CellGrid, columnLetters, Kind } from "./cell-grid.js";
import { countsRows, type Dataset, type DatasetColumn, type Sheet, type Stray } from "./dataset.js";
import { findHeader } from "./find-header.js";
import { isMissing } from "./missing-words.js";
import { timeOfSerial } from "./parse-time.js";
import { timesOfTexts } from "./parse-times.js";
import { uniqueNames } from "./unique-names.js";

/** Finds the names and the kind of each column: numbers, dates or text, by what most of its cells are. */
export function typeColumns(name: string, sheet: Sheet): Dataset {
  const { grid } = sheet;
  const header = findHeader(grid);
  const first = header.data;
  const rows = Math.max(0, grid.rows - first);
  const names = nameColumns(grid, header.names);
  const columns: DatasetColumn[] = [];
  for (const [position, columnName] of names.entries()) {
    const reading = readColumn(sheet, position, first, rows);
    const named = header.names < 0 || grid.shown(header.names, position).trim() !== "";
    if (!named && reading.data.kind === "empty") continue; // a stray format, a blank column between others
    columns.push({ name: columnName, position, isIndex: !named && countsRows(reading.data), ...reading });
  }
  return {
    name,
    sheet: sheet.sheet,
    otherSheets: sheet.otherSheets,
    place: sheet.place,
    rows,
    hasHeader: header.names >= 0,
    columns,
    cellAt: (row, column) => sheet.cell(row + first, column.position, column.name),
  };
}

/** The names in the header's row; a column's letters where there is none; repeated ones numbered as pandas does. */
function nameColumns(grid: CellGrid, header: number): string[] {
  return uniqueNames(
    grid.columns.map((_, column) => {
      const written = header < 0 ? "" : grid.shown(header, column).trim().replace(/\s+/g, " ");
      return written === "" ? columnLetters(column) : written;
    }),
  );
}

type Reading = Pick<DatasetColumn, "data" | "stray">;

function readColumn(sheet: Sheet, position: number, first: number, rows: number): Reading {
  const counts = countKinds(sheet.grid, position, first, rows);
  const numbers = counts[Kind.number]!;
  const dates = counts[Kind.date]!;
  const clocks = counts[Kind.clock]!;
  const booleans = counts[Kind.boolean]!;
  const texts = counts[Kind.text]!;
  const others = counts[Kind.error]! + counts[Kind.uncomputed]!;
  const cells: Cells = { ...sheet, position, first, rows };
  if (numbers + dates + clocks + booleans + texts + others === 0)
    return { data: { kind: "empty" }, stray: null };
  if (numbers > 0 && numbers >= texts + dates + clocks + booleans) return readNumbers(cells, Kind.number);
  if (dates > 0 && dates >= texts + clocks + booleans) return readSerials(cells);
  if (clocks > texts + booleans) return readNumbers(cells, Kind.clock);
  if (booleans > texts) return readNumbers(cells, Kind.boolean);
  return (texts > 0 ? readTimes(cells) : undefined) ?? readTexts(cells);
}

interface Cells extends Sheet {
  readonly position: number;
  readonly first: number; // the grid's row of the first row of data
  readonly rows: number;
}

/** counts[kind] of the column's cells; texts that mean a missing value count as empty. */
function countKinds(grid: CellGrid, position: number, first: number, rows: number): Int32Array {
  const counts = new Int32Array(Object.keys(Kind).length);
  const { kinds, values } = grid.columns[position]!;
  for (let row = first; row < Math.min(first + rows, kinds.length); row++) {
    const kind = kinds[row]!;
    const missing = kind === Kind.text && isMissing(grid.texts[values[row]!]!);
    counts[missing ? Kind.empty : kind]!++;
  }
  return counts;
}

/** Numbers of one kind of cell; the first cell of another kind is the column's stray. */
function readNumbers({ grid, position, first, rows }: Cells, wanted: Kind): Reading {
  const { kinds, values } = grid.columns[position]!;
  const numbers = new Float64Array(rows).fill(Number.NaN); // [rows]
  let stray: Stray | null = null;
  for (let row = 0, at = first; row < rows && at < kinds.length; row++, at++) {
    const kind = kinds[at]!;
    if (kind === wanted && Number.isFinite(values[at])) numbers[row] = values[at]!;
    else if (kind !== Kind.empty && stray === null) {
      const problem = problemOf(grid, at, position, "a number");
      if (problem !== null) stray = { row, problem };
    }
  }
  const kind = wanted === Kind.number ? "number" : wanted === Kind.boolean ? "boolean" : "clock";
  return { data: { kind, numbers }, stray };
}

/** Dates that are stored as serial day numbers. */
function readSerials({ grid, position, first, rows, date1904 }: Cells): Reading {
  const { kinds, values } = grid.columns[position]!;
  const time = new BigInt64Array(rows).fill(NO_TIME); // [rows]
  let stray: Stray | null = null;
  for (let row = 0, at = first; row < rows && at < kinds.length; row++, at++) {
    const ms = kinds[at] === Kind.date ? timeOfSerial(values[at]!, date1904) : Number.NaN;
    if (Math.abs(ms) <= MAX_DATE) time[row] = BigInt(ms);
    else if (kinds[at] !== Kind.empty && stray === null) {
      const problem = problemOf(grid, at, position, "a date");
      if (problem !== null) stray = { row, problem };
    }
  }
  return { data: { kind: "time", unit: "ms", time }, stray };
}

const MAX_DATE = 8.64e15; // ms: the range of JavaScript's Date

/** Dates that are written as text; undefined where most texts are no dates. */
function readTimes({ grid, position, first, rows }: Cells): Reading | undefined {
  const written = Array.from({ length: rows }, (_, row) => {
    const text =
      grid.kindAt(first + row, position) === Kind.empty ? "" : grid.shown(first + row, position).trim();
    return isMissing(text) ? null : text;
  });
  const times = timesOfTexts(written);
  if (times === undefined) return undefined;
  const { unit, time, firstOther } = times;
  const problem = firstOther === null ? null : problemOf(grid, first + firstOther, position, "a date");
  const stray = firstOther === null || problem === null ? null : { row: firstOther, problem };
  return { data: { kind: "time", unit, time }, stray };
}

function readTexts({ grid, position, first, rows }: Cells): Reading {
  let stray: Stray | null = null;
  const text = Array.from({ length: rows }, (_, row) => {
    const problem = stray === null ? problemOf(grid, first + row, position, "a number") : null;
    if (problem !== null) stray = { row, problem };
    return grid.shown(first + row, position).trim();
  });
  return { data: { kind: "text", text }, stray };
}

/** Why a cell is not what it is wanted to be; null where it is missing. */
function problemOf(
  grid: CellGrid,
  row: number,
  column: number,
  wanted: "a number" | "a date",
): string | null {
  const shown = grid.shown(row, column).trim();
  switch (grid.kindAt(row, column)) {
    case Kind.empty:
      return null;
    case Kind.text: {
      if (isMissing(shown)) return null;
      const short = JSON.stringify(shown.length > 40 ? `${shown.slice(0, 40)}…` : shown);
      if (/^[+-]?inf(inity)?$/i.test(shown)) return `${short} is infinite`;
      if (wanted === "a number" && shown !== "" && Number.isFinite(Number(shown)))
        return `${short} is a number stored as text`;
      return `${short} is not ${wanted}`;
    }
    case Kind.error:
      return `${shown} is a formula's error, not ${wanted}`;
    case Kind.uncomputed:
      return "the formula's value is not stored (open the workbook in a spreadsheet program and save it)";
    case Kind.date:
      return wanted === "a date" ? "the date is out of range" : "a date is not a number";
    case Kind.clock:
      return `a time of day is not ${wanted}`;
    case Kind.number:
      if (wanted === "a number") return "the number is too large for float64";
      return `${shown} is not ${wanted}`;
    default:
      return `${shown} is not ${wanted}`;
  }
}
