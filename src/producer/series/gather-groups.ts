import { UserError } from "../../shared/errors.js";
import { NO_TIME } from "../../shared/series.js";
import type { Dataset, DatasetColumn } from "../read/dataset.js";

/** Rows by group: order[i] is the file's row of row i, or null where the file has each group in one piece. */
export interface Groups {
  readonly group: readonly string[]; // [rows], in the new order
  readonly order: Int32Array | null; // [rows]
}

/**
 * The group of each row, with the rows of a group brought together (in the file's order, groups in the order of
 * their first rows), since a window is of consecutive rows. Throws a UserError at the first row without a group.
 */
export function gatherGroups(dataset: Dataset, column: DatasetColumn): Groups {
  const labels = labelsOf(dataset, column);
  const rows = new Map<string, number[]>();
  let pieces = 0;
  for (const [row, label] of labels.entries()) {
    if (label === "")
      throw new UserError(
        `${dataset.cellAt(row, column)}: the cell is empty; every row needs its group (--group-by ${column.name})`,
      );
    if (label !== labels[row - 1]) pieces++;
    const known = rows.get(label);
    if (known === undefined) rows.set(label, [row]);
    else known.push(row);
  }
  if (pieces === rows.size) return { group: labels, order: null };
  const order = Int32Array.from([...rows.values()].flat());
  return { group: Array.from(order, (row) => labels[row]!), order };
}

function labelsOf(dataset: Dataset, { data }: DatasetColumn): readonly string[] {
  switch (data.kind) {
    case "text":
      return data.text;
    case "time": {
      const perMs = data.unit === "ms" ? 1n : data.unit === "us" ? 1000n : 1_000_000n;
      return Array.from(data.time, (t) => (t === NO_TIME ? "" : new Date(Number(t / perMs)).toISOString()));
    }
    case "empty":
      return new Array<string>(dataset.rows).fill("");
    default:
      return Array.from(data.numbers, (value) => (Number.isNaN(value) ? "" : String(value)));
  }
}
