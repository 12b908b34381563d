import { UserError } from "../../shared/errors.js";
import type { LocatedSeries } from "./located-series.js";

/** What becomes of windows with an empty cell: left out and counted, filled in before, or the run is refused. */
export type Missing = "skip" | "interpolate" | "error";

/**
 * Applies --missing to a series' features and further columns. `interpolate` draws a line between the values before
 * and after a gap, by row, within the group; a gap at an end takes the nearest value. `skip` leaves the cells empty,
 * for planWindows to leave the windows out. Throws a UserError at the first empty cell for `error`, and where
 * `interpolate` finds a column without any value.
 */
export function fillMissing(
  series: LocatedSeries,
  missing: Missing,
): { series: LocatedSeries; filled: number } {
  if (missing === "skip") return { series, filled: 0 };
  if (missing === "error") refuseEmpty(series);
  const width = series.columns.length;
  const values = series.values.slice(); // [rows, features]
  let filled = 0;
  const fill = (cells: Float64Array, offset: number, step: number, column: string) => {
    for (const { from, to, group } of groupRanges(series.group, series.rows)) {
      const count = fillGaps(cells, offset, step, from, to);
      if (count < 0)
        throw new UserError(
          `${series.name}: column ${column} has no value${group === null ? "" : ` in group ${group}`}, so nothing to interpolate from`,
        );
      filled += count;
    }
  };
  for (const [f, column] of series.columns.entries()) fill(values, f, width, column);
  const extra = new Map([...series.extra].map(([name, column]) => [name, column.slice()]));
  for (const [name, column] of extra) fill(column, 0, 1, name);
  return { series: { ...series, values, extra }, filled };
}

/** Rows from … to − 1, which are of one group. */
export interface GroupRange {
  readonly from: number; // rows from … to − 1
  readonly to: number;
  readonly group: string | null;
}

/** The rows of each group, in order; all rows where there are no groups. */
export function groupRanges(group: readonly string[] | null, rows: number): GroupRange[] {
  if (group === null) return [{ from: 0, to: rows, group: null }];
  const ranges: GroupRange[] = [];
  for (let from = 0, to = 1; to <= rows; to++) {
    if (to < rows && group[to] === group[from]) continue;
    ranges.push({ from, to, group: group[from]! });
    from = to;
  }
  return ranges;
}

function refuseEmpty(series: LocatedSeries): void {
  const width = series.columns.length;
  for (let row = 0; row < series.rows; row++) {
    const f = series.values.subarray(row * width, (row + 1) * width).findIndex(Number.isNaN);
    const name =
      f >= 0 ? series.columns[f] : [...series.extra].find(([, cells]) => Number.isNaN(cells[row]))?.[0];
    if (name !== undefined)
      throw new UserError(
        `${series.cellAt(row, name)}: the cell is empty; fill it, or give --missing skip or --missing interpolate`,
      );
  }
}

/** Fills cells[offset + row·step] for rows from … to − 1; returns how many, or −1 where there is no value at all. */
function fillGaps(cells: Float64Array, offset: number, step: number, from: number, to: number): number {
  let filled = 0;
  let before = -1; // the last row with a value
  for (let row = from; row <= to; row++) {
    if (row < to && Number.isNaN(cells[offset + row * step])) continue;
    if (row === to && before < 0) return -1;
    const left = cells[offset + (before < 0 ? row : before) * step]!;
    const right = cells[offset + (row === to ? before : row) * step]!;
    const start = before < 0 ? from : before + 1;
    for (let gap = start; gap < row; gap++, filled++) {
      const share = before < 0 ? 0 : (gap - before) / (row - before);
      cells[offset + gap * step] = left + (right - left) * share;
    }
    before = row;
  }
  return filled;
}
