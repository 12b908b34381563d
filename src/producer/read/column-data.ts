import type { Time } from "../../shared/series.js";

/** What a column of a table holds. */
export type ColumnData =
  | { readonly kind: "number" | "boolean" | "clock"; readonly numbers: Float64Array } // [rows]; NaN: empty
  | { readonly kind: "time"; readonly unit: Time["unit"]; readonly time: BigInt64Array } // [rows]; NO_TIME: empty
  | { readonly kind: "text"; readonly text: readonly string[] } // [rows]; "": empty
  | { readonly kind: "empty" };

/** A table from a file whose columns have types of their own. */
export interface TypedTable {
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly data: ColumnData }[];
}
