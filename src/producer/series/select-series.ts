import { UserError } from "../../shared/errors.js";
import type { Time } from "../../shared/series.js";
import type { Dataset, DatasetColumn } from "../read/dataset.js";
import { checkOrder } from "./check-order.js";
import { chooseColumns, findColumn, otherSheets } from "./choose-columns.js";
import { gatherGroups } from "./gather-groups.js";
import type { LocatedSeries } from "./located-series.js";
import type { SelectOptions } from "./select-options.js";

/** What `--time-column` says where a date column is not the rows' time. */
const NO_TIME_COLUMN = "none";

/**
 * Takes a model's series out of a table: features, time, groups and the columns that a target names. Rows keep
 * the file's order, but for groups whose rows stand apart: those are brought together, in the order in which the
 * groups first appear. Throws a UserError where a column is missing, does not hold what it should (by cell), where
 * the number of features is not the model's, or the rows are not in time order.
 */
export function selectSeries(dataset: Dataset, options: SelectOptions = {}): LocatedSeries {
  if (dataset.rows === 0)
    throw new UserError(
      `${dataset.place} has no rows of data; ${otherSheets(dataset) ?? "give another file"}`,
    );
  const features = chooseColumns(dataset, options);
  const extra = (options.extra ?? []).map((name) => findColumn(dataset, name, ", which --target names"));
  const numbers = [
    ...features.map((column) => numbersOf(dataset, column, `leave column ${column.name} out with --columns`)),
    ...extra.map((column) => numbersOf(dataset, column, "name another with --target")),
  ];
  const time = timeOf(dataset, options.timeColumn);
  const groups =
    options.groupBy === undefined ? null : gatherGroups(dataset, findColumn(dataset, options.groupBy));

  const { rows } = dataset;
  const order = groups?.order ?? null; // [rows]: the file's row of each row; null: the same
  const fileRow = (row: number) => order?.[row] ?? row;
  const values = new Float64Array(rows * features.length); // [rows, features]
  for (let f = 0; f < features.length; f++) {
    const column = numbers[f]!;
    for (let row = 0, at = f; row < rows; row++, at += features.length) values[at] = column[fileRow(row)]!;
  }
  const reordered = (column: Float64Array) =>
    order === null ? column : column.map((_, row) => column[order[row]!]!);
  const series: LocatedSeries = {
    name: dataset.name,
    columns: features.map((column) => column.name),
    values,
    rows,
    time:
      time === null || order === null
        ? time
        : { ...time, values: time.values.map((_, i) => time.values[order[i]!]!) },
    group: groups?.group ?? null,
    extra: new Map(extra.map((column, i) => [column.name, reordered(numbers[features.length + i]!)])),
    cellAt(row, name) {
      return dataset.cellAt(fileRow(row), findColumn(dataset, name));
    },
  };
  checkOrder(series);
  return series;
}

/** A column's numbers; every cell must be one, or empty. `remedy`: what to do where the column has none. */
function numbersOf(dataset: Dataset, column: DatasetColumn, remedy: string): Float64Array {
  const { data, stray } = column;
  const place = `${dataset.place}: column ${column.name}`;
  if (data.kind === "time") throw new UserError(`${place} holds dates, not numbers; ${remedy}`);
  if (data.kind === "empty") throw new UserError(`${place} is empty; ${remedy}`);
  if (stray !== null)
    throw new UserError(
      `${dataset.cellAt(stray.row, column)}: ${stray.problem}; correct or empty the cell, or ${remedy}`,
    );
  if (data.kind === "text") throw new UserError(`${place} holds no numbers; ${remedy}`);
  return data.numbers;
}

function timeOf(dataset: Dataset, wanted: string | undefined): Time | null {
  if (wanted === NO_TIME_COLUMN && !dataset.columns.some(({ name }) => name === NO_TIME_COLUMN)) return null;
  const column =
    wanted === undefined
      ? dataset.columns.find(({ data }) => data.kind === "time")
      : findColumn(dataset, wanted);
  if (column === undefined) return null;
  const { data, stray } = column;
  if (data.kind === "empty") throw new UserError(`${dataset.place}: the time column ${column.name} is empty`);
  if (data.kind !== "time" && data.kind !== "text")
    throw new UserError(
      `${dataset.place}: the time column ${column.name} holds numbers, not dates; format its cells as dates, or write them as 2013-01-31 05:00`,
    );
  if (stray !== null) {
    const problem = stray.problem.replace(/a number$/, "a date"); // a text column's stray is told against numbers
    throw new UserError(
      `${dataset.cellAt(stray.row, column)}: ${problem}; correct or empty the cell, or choose another --time-column`,
    );
  }
  if (data.kind === "text")
    throw new UserError(`${dataset.place}: the time column ${column.name} holds no dates`);
  return { column: column.name, unit: data.unit, values: data.time };
}
