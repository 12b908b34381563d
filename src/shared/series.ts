/** A time series in memory: the model's feature columns, in the model's order, and what goes with them. */
export interface Series {
  readonly name: string; // the file's base name
  readonly columns: readonly string[]; // feature names, in the order the model gets them
  readonly values: Float64Array; // [rows, features], raw (before the scaler); NaN where the cell is empty
  readonly rows: number;
  readonly time: Time | null;
  readonly group: readonly string[] | null; // [rows]: windows never cross a group
  /** Other numeric columns that a target may name (loss:COLUMN), raw; NaN where empty. */
  readonly extra: ReadonlyMap<string, Float64Array>;
}

/** The times of a series' rows. */
export interface Time {
  readonly column: string;
  readonly unit: "ms" | "us" | "ns";
  readonly values: BigInt64Array; // [rows], since 1970-01-01; wall-clock times are stored as if UTC
}

/** In Time.values: the cell is empty (NumPy's NaT). Arrow files hold a null there. */
export const NO_TIME = -(2n ** 63n);

/** Feature scaling fixed with the model: scaled = (raw − shift) / scale. */
export interface Scaler {
  readonly kind: "standard" | "minmax";
  readonly columns: readonly string[];
  readonly shift: Float64Array; // [columns]: mean, or min of the data
  readonly scale: Float64Array; // [columns]: divisor; never 0
}
