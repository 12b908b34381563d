import { UserError } from "../../shared/errors.js";
import type { Scaler, Series } from "../../shared/series.js";

/**
 * The values as the model takes them: (raw − shift) / scale by column name, [rows, features]; without a scaler the
 * series' own array. Empty cells stay NaN. Throws a UserError where the scaler lacks a column of the series or makes a
 * number infinite.
 */
export function scaleSeries(series: Series, scaler: Scaler | null): Float64Array {
  if (scaler === null) return series.values;
  const width = series.columns.length;
  const { values } = series;
  const scaled = new Float64Array(values.length); // [rows, features]
  for (const [f, column] of series.columns.entries()) {
    const c = scaler.columns.indexOf(column);
    if (c < 0)
      throw new UserError(
        `the scaler has no column "${column}", which the model's input has; its columns are: ${scaler.columns.join(", ")}`,
      );
    const shift = scaler.shift[c]!;
    const scale = scaler.scale[c]!;
    for (let at = f; at < values.length; at += width) {
      const value = (values[at]! - shift) / scale;
      if (Math.abs(value) === Number.POSITIVE_INFINITY)
        throw new UserError(
          `the scaler makes ${values[at]} of column ${column} infinite: (${values[at]} − ${shift}) / ${scale}; mend its scale`,
        );
      scaled[at] = value;
    }
  }
  return scaled;
}
