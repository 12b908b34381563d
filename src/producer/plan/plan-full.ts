import type { Program } from "../../program/program.js";
import { UserError } from "../../shared/errors.js";
import { formatSize } from "../../shared/options/parse-size.js";

const MOST_IN_ROW = 2 ** 31 - 1; // values of a list in Arrow

/**
 * The bytes of a full Jacobian, of every pair of `windows` windows. Throws a UserError, before anything is computed,
 * where they are more than `memory`.
 */
export function planFull(
  windows: number,
  { targets }: Pick<Program, "targets">,
  precision: "float32" | "float64",
  memory: number,
): number {
  const rows = targets.map(({ output, gradient }) => windows * output.n * gradient.n);
  const bytes = windows * rows.reduce((sum, row) => sum + row, 0) * (precision === "float64" ? 8 : 4);
  const size = `--mode full of ${windows} windows gives ${bytes} bytes (${formatSize(bytes)})`;
  if (bytes > memory)
    throw new UserError(
      `${size}, past the limit of ${memory} (${formatSize(memory)}); use --mode batch, fewer windows with --windows, or a larger --memory`,
    );
  if (Math.max(...rows) > MOST_IN_ROW)
    throw new UserError(
      `${size}, and more than ${MOST_IN_ROW} values a window, which no Arrow list holds; use --mode batch, or fewer windows with --windows`,
    );
  return bytes;
}
