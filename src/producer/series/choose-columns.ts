import { UserError } from "../../shared/errors.js";
import type { Scaler } from "../../shared/series.js";
import type { Dataset, DatasetColumn } from "../read/dataset.js";
import type { SelectOptions } from "./select-options.js";

/** The feature columns: those named, else the scaler's, else every numeric one that has no other part to play. */
export function chooseColumns(dataset: Dataset, options: SelectOptions): readonly DatasetColumn[] {
  const { columns, scaler, width } = options;
  const chosen =
    columns !== undefined
      ? columns.map((name) => findColumn(dataset, name))
      : scaler
        ? scalerColumns(dataset, scaler, options)
        : numericColumns(dataset, options);
  const twice = chosen.find((column, i) => chosen.indexOf(column) !== i);
  if (twice !== undefined) throw new UserError(`column ${twice.name} is named twice among the columns`);
  if (chosen.length === 0)
    throw new UserError(
      `${dataset.place} has no numeric column${nearNumber(dataset)}; it has: ${list(dataset.columns)}; ${otherSheets(dataset) ?? "give another file"}`,
    );
  if (width === undefined || chosen.length === width) return chosen;
  if (columns === undefined && !scaler) throw misfit(dataset, chosen, width);
  const [source, remedy] =
    columns !== undefined
      ? ["--columns names", "name as many as the model takes"]
      : [
          "the scaler has",
          "choose among them with --columns, or give the scaler that the model was trained with",
        ];
  throw new UserError(
    `the model takes ${count(width)}, ${source} ${chosen.length}: ${list(chosen)}; ${remedy}`,
  );
}

/** The column of that name. Throws a UserError that lists the columns; `owner` says where the name stands. */
export function findColumn(dataset: Dataset, name: string, owner = ""): DatasetColumn {
  const trimmed = name.trim();
  const column = dataset.columns.find((c) => c.name === trimmed);
  if (column !== undefined) return column;
  const header = dataset.hasHeader ? "its columns are" : "it has no row of names, so its columns are";
  throw new UserError(
    `${dataset.place} has no column "${trimmed}"${owner}; ${header}: ${list(dataset.columns)}`,
  );
}

/** The scaler's columns, without one that a target names where the model has no room for it. */
function scalerColumns(
  dataset: Dataset,
  scaler: Scaler,
  { width, extra = [] }: SelectOptions,
): DatasetColumn[] {
  const inputs = scaler.columns.filter((name) => !extra.includes(name));
  const names = inputs.length === width ? inputs : scaler.columns;
  return names.map((name) => findColumn(dataset, name, ", which the scaler names"));
}

/**
 * Every numeric column in sheet order. A column of mostly numbers counts as one, so that a bad cell is reported and
 * never leaves a column out in silence — but where the columns of numbers alone are as many as the model takes,
 * they are the ones meant. A column that a target names stays a feature only where the model has room for it.
 */
function numericColumns(dataset: Dataset, options: SelectOptions): readonly DatasetColumn[] {
  const { width, groupBy, timeColumn, extra = [] } = options;
  const numeric = dataset.columns.filter(
    ({ name, data, isIndex }) =>
      data.kind === "number" && !isIndex && name !== groupBy && name !== timeColumn,
  );
  const readings = [
    numeric,
    numeric.filter(({ stray }) => stray === null),
    numeric.filter(({ name }) => !extra.includes(name)),
    numeric.filter(({ name, stray }) => stray === null && !extra.includes(name)),
  ];
  return readings.find((reading) => reading.length === width) ?? numeric;
}

function misfit(dataset: Dataset, chosen: readonly DatasetColumn[], width: number): UserError {
  const sheet = dataset.sheet === null ? "file" : "sheet";
  const found = `the model takes ${count(width)}, the ${sheet} has ${chosen.length} numeric ${chosen.length === 1 ? "one" : "ones"}: ${list(chosen)}${nearNumber(dataset)}`;
  const others = dataset.columns.filter((column) => !chosen.includes(column));
  if (chosen.length > width)
    return new UserError(`${dataset.place}: ${found}; choose ${width} with --columns, in the model's order`);
  const rest = others.length === 0 ? "" : `; not numeric: ${list(others)}`;
  const remedy = otherSheets(dataset) ?? "give the series that the model was trained on";
  return new UserError(`${dataset.place}: ${found}${rest}; ${remedy}`);
}

/** A cell that may be why a column does not count as one of numbers, for messages. */
function nearNumber(dataset: Dataset): string {
  const bad =
    dataset.columns.find(({ data, stray }) => data.kind === "number" && stray !== null) ??
    dataset.columns.find(({ stray }) => stray !== null && /^"[^a-z]*\d[^a-z]*"/i.test(stray.problem));
  return bad?.stray ? ` (${dataset.cellAt(bad.stray.row, bad)}: ${bad.stray.problem})` : "";
}

/** What to do where the sheet may be the wrong one; undefined where there is no other. */
export function otherSheets({ otherSheets: names }: Dataset): string | undefined {
  if (names.length === 0) return undefined;
  const more = names.length > 10 ? ` and ${names.length - 10} more` : "";
  return `choose another sheet with --sheet: ${names.slice(0, 10).join(", ")}${more}`;
}

function count(width: number): string {
  return width === 1 ? "1 column" : `${width} columns`;
}

function list(columns: readonly DatasetColumn[]): string {
  const names = columns.slice(0, 20).map(({ name }) => (name.length > 60 ? `${name.slice(0, 60)}…` : name));
  const more = columns.length - names.length;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
