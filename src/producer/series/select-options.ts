import type { Scaler } from "../../shared/series.js";

/** What of a table a model's series is. */
export interface SelectOptions {
  /** Features by name, in the model's order; default: the scaler's columns, else every numeric column. */
  readonly columns?: readonly string[] | undefined;
  /** Default: the first date column, where there is one; "none": the rows have no times. */
  readonly timeColumn?: string | undefined;
  readonly groupBy?: string | undefined;
  /** Further numeric columns to keep, which a target names. */
  readonly extra?: readonly string[] | undefined;
  /** How many features the model takes. */
  readonly width?: number | undefined;
  readonly scaler?: Scaler | null | undefined;
}
