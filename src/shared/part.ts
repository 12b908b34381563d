import type { Time } from "./series.js";
import type { Wrt } from "./wrt.js";

/** Numbers of a run's precision. */
export type Floats = Float32Array | Float64Array;

/** What a chunk's windows gave: the content of one file `jacobians/part-N.arrow`. */
export interface Part {
  readonly columns: readonly string[]; // the F features, in the order of the Jacobian's last axis
  readonly steps: number; // T: rows of a window
  readonly window: BigInt64Array; // [windows]: its number
  readonly row: BigInt64Array; // [windows]: its first row in the series
  /** The time of each window's last row; null for a series without times. */
  readonly time: Pick<Time, "unit" | "values"> | null; // [windows]
  readonly group: readonly string[] | null; // [windows]
  readonly targets: readonly PartTarget[];
}

/** One target's results: m values of a window, and their derivatives by what it is differentiated by. */
export interface PartTarget {
  readonly name: string;
  readonly m: number;
  readonly wrt: Wrt;
  /** Where they are chosen among the result's values, [m]: their numbers; null: they are all. */
  readonly numbers: readonly number[] | null;
  readonly outputNames: readonly string[] | null; // [m]: what the user calls them
  readonly prediction: Floats; // [windows, m]
  readonly jacobian: Floats; // [windows, m, ...wrt.shape]: step 0 is the oldest row
}
