import { type Chunk, rowsOf, type WindowPlan, windowsOf } from "../shared/plan.js";
import { NO_TIME, type Scaler, type Series } from "../shared/series.js";
import type { StoredSeries } from "../shared/series-arrow.js";
import type { Batch } from "./engine/engine.js";

/** The windows of a chunk: what the engine gets of them, and what their part says of them. */
export interface Slice {
  readonly batch: Batch;
  readonly window: BigInt64Array; // [windows]: numbers
  readonly row: BigInt64Array; // [windows]: first rows
  readonly time: { readonly unit: "ms" | "us" | "ns"; readonly values: BigInt64Array } | null; // [windows]: of the last row
  readonly group: readonly string[] | null; // [windows]
}

/** Slices a chunk out of a series without copying its rows. `comparedColumn`: the one that a target loss:COLUMN names. */
export function sliceWindows(
  { series, scaler, scaled }: StoredSeries,
  plan: WindowPlan,
  chunk: Chunk,
  comparedColumn: string | null,
): Slice {
  const windows = windowsOf(plan, chunk);
  const starts = rowsOf(plan, windows);
  const { time, group } = series;
  return {
    batch: {
      rows: scaled,
      starts,
      aux: comparedColumn === null ? null : following(series, scaler, plan, starts, comparedColumn),
    },
    window: BigInt64Array.from(windows, BigInt),
    row: BigInt64Array.from(starts, BigInt),
    time: time && {
      unit: time.unit,
      values: BigInt64Array.from(starts, (start) => time.values[start + plan.steps - 1] ?? NO_TIME),
    },
    group: group && Array.from(starts, (start) => group[start] ?? ""),
  };
}

/** The column's value at the row after each window, in the units of the model's outputs: scaled where the scaler knows it. */
function following(
  series: Series,
  scaler: Scaler | null,
  plan: WindowPlan,
  starts: Int32Array,
  column: string,
): Float64Array {
  const values = series.extra.get(column);
  if (values === undefined) throw new Error(`the series was stored without the column ${column}`);
  const at = scaler?.columns.indexOf(column) ?? -1;
  const shift = scaler?.shift[at] ?? 0;
  const scale = scaler?.scale[at] ?? 1;
  return Float64Array.from(starts, (start) => ((values[start + plan.steps] ?? Number.NaN) - shift) / scale); // [windows, 1]
}
