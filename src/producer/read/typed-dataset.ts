import { NO_TIME, type Time } from "../../shared/series.js";
import { columnLetters } from "./cell-grid.js";
import type { ColumnData, TypedTable } from "./column-data.js";
import { countsRows, type Dataset, type DatasetColumn, type Stray } from "./dataset.js";
import { isMissing } from "./missing-words.js";
import { timesOfTexts } from "./parse-times.js";
import { uniqueNames } from "./unique-names.js";

/** The dataset of a file whose columns have names and types: only dates written as text are still to be found. */
export function datasetOfTable(name: string, table: TypedTable): Dataset {
  const names = uniqueNames(
    table.columns.map(({ name: written }, position) => (written === "" ? columnLetters(position) : written)),
  );
  const columns = table.columns.map(({ name: written, data }, position): DatasetColumn => {
    const isIndex = (written === "" || written === "__index_level_0__") && countsRows(data);
    return { name: names[position]!, position, isIndex, ...readTyped(data) };
  });
  return {
    name,
    sheet: null,
    otherSheets: [],
    place: name,
    rows: table.rows,
    hasHeader: true,
    columns,
    cellAt: (row, column) => `${name}, row ${row + 1}, column ${column.name}`,
  };
}

function readTyped(data: ColumnData): { data: ColumnData; stray: Stray | null } {
  if (data.kind === "text") return readTexts(data.text);
  if (data.kind === "time") return { data: { kind: "time", ...coarsened(data) }, stray: null };
  if (data.kind === "empty") return { data, stray: null };
  const row = data.numbers.findIndex(
    (value) => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY,
  );
  return { data, stray: row < 0 ? null : { row, problem: `${data.numbers[row]} is not a finite number` } };
}

function readTexts(text: readonly string[]): { data: ColumnData; stray: Stray | null } {
  const written = text.map((value) => (isMissing(value) ? null : value));
  const first = written.findIndex((value) => value !== null);
  if (first < 0) return { data: { kind: "empty" }, stray: null };
  const times = timesOfTexts(written);
  const row = times?.firstOther ?? first;
  const stray = (wanted: string) => ({ row, problem: `${JSON.stringify(text[row])} is not ${wanted}` });
  if (times === undefined) return { data: { kind: "text", text }, stray: stray("a number") };
  const { unit, time, firstOther } = times;
  return { data: { kind: "time", unit, time }, stray: firstOther === null ? null : stray("a date") };
}

interface Times {
  readonly unit: Time["unit"];
  readonly time: BigInt64Array;
}

/** In the coarsest unit that holds every time exactly, so that a series is the same whatever format it comes in. */
function coarsened({ unit, time }: Times): Times {
  if (unit === "ms" || !time.every((t) => t === NO_TIME || t % 1000n === 0n)) return { unit, time };
  const coarser = time.map((t) => (t === NO_TIME ? t : t / 1000n));
  return coarsened({ unit: unit === "ns" ? "us" : "ms", time: coarser });
}
