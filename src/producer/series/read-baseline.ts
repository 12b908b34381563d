import { UserError } from "../../shared/errors.js";
import type { Scaler, Series } from "../../shared/series.js";
import { readDataset } from "../read/read-dataset.js";
import { scaleSeries } from "./scale-series.js";
import { selectSeries } from "./select-series.js";

/**
 * Reads a baseline of integrated gradients: a table like the series, in its units, of T rows, or of one row that stands
 * for all of them. Its columns are found by the series' names, or, where it has no row of names, are as many numeric ones.
 * Returns [T·F] as the model sees it, scaled like the series. Throws a UserError for another number of rows, an empty
 * cell, and whatever makes it no table of numbers.
 */
export async function readBaseline(
  path: string,
  file: Buffer,
  { columns }: Pick<Series, "columns">,
  steps: number,
  scaler: Scaler | null,
): Promise<Float64Array> {
  const dataset = await readDataset(path, { file });
  const { place } = dataset;
  const named = dataset.hasHeader ? { columns } : { width: columns.length };
  const series = selectSeries(dataset, { ...named, timeColumn: "none" });
  if (series.rows !== 1 && series.rows !== steps)
    throw new UserError(
      `${place}: --baseline takes ${steps === 1 ? "1 row" : `1 row or the ${steps} of a window`}, not ${series.rows}`,
    );
  const empty = series.values.findIndex(Number.isNaN);
  if (empty >= 0) {
    const cell = series.cellAt(Math.floor(empty / columns.length), series.columns[empty % columns.length]!);
    throw new UserError(`${cell} is empty; --baseline needs a number in each cell`);
  }
  const scaled = scaleSeries({ ...series, columns }, scaler); // [rows, F]
  return Float64Array.from({ length: steps * columns.length }, (_, e) => scaled[e % scaled.length]!);
}
