import { UserError } from "../../shared/errors.js";
import type { WindowRange } from "../../shared/options/parse-windows.js";
import type { WindowPlan } from "../../shared/plan.js";
import type { Series } from "../../shared/series.js";
import { groupRanges } from "../series/fill-missing.js";

/** Which windows of a series are wanted. */
export interface PlanOptions {
  readonly steps: number; // T, rows
  readonly stride?: number | undefined; // rows; default 1
  /** Only these windows, by number, ascending; default: all. */
  readonly windows?: readonly WindowRange[] | null | undefined;
  /** A column of series.extra whose cell in the row after the window is needed too (a target loss:COLUMN). */
  readonly needsNext?: string | undefined;
}

/**
 * Plans the windows of a series. They are numbered by their place in it, through the groups in order, whatever is
 * left out; a window is left out, and counted, where it holds an empty cell or where the row after it is needed and
 * is absent or empty. Throws a UserError where the rows do not fill a window, where --windows names one that the
 * series does not have, and where none is left.
 */
export function planWindows(series: Series, options: PlanOptions): WindowPlan {
  const { steps, stride = 1, needsNext } = options;
  const ranges = groupRanges(series.group, series.rows);
  const blocks: { firstWindow: number; firstRow: number; next: number }[] = []; // next: the row after the group
  let total = 0;
  for (const { from, to } of ranges) {
    if (to - from < steps) continue;
    blocks.push({ firstWindow: total, firstRow: from, next: to });
    total += Math.floor((to - from - steps) / stride) + 1;
  }
  if (total === 0) throw tooShort(series, steps);

  const gap = lastGaps(series); // [rows]
  const following = needsNext === undefined ? undefined : series.extra.get(needsNext);
  if (needsNext !== undefined && following === undefined)
    throw new Error(`column ${needsNext} was not kept with the series`);
  const segments: { first: number; count: number }[] = [];
  let skipped = 0;
  let count = 0;
  let block = 0;
  for (const { from, to } of options.windows ?? [{ from: 0, to: total }]) {
    if (to > total)
      throw new UserError(
        `--windows: there is no window ${Math.max(from, total)}; the series has the windows 0 to ${total - 1}`,
      );
    for (let window = from; window < to; window++) {
      while (window >= (blocks[block + 1]?.firstWindow ?? total)) block++;
      const { firstWindow, firstRow, next } = blocks[block]!;
      const row = firstRow + (window - firstWindow) * stride;
      const after = row + steps;
      const last = segments.at(-1);
      if (
        gap[after - 1]! >= row ||
        (following !== undefined && (after >= next || Number.isNaN(following[after])))
      )
        skipped++;
      else {
        count++;
        if (last !== undefined && last.first + last.count === window) last.count++;
        else segments.push({ first: window, count: 1 });
      }
    }
  }
  if (count === 0) throw noneLeft(series, skipped, needsNext);
  const starts = blocks.map(({ firstWindow, firstRow }) => ({ firstWindow, firstRow }));
  return { steps, stride, total, skipped, segments, count, blocks: starts };
}

/** For each row the last row up to it that has an empty feature; −1 where there is none. */
function lastGaps(series: Series): Int32Array {
  const width = series.columns.length;
  const gaps = new Int32Array(series.rows);
  let last = -1;
  for (let row = 0, at = 0; row < series.rows; row++) {
    for (let f = 0; f < width; f++, at++) if (Number.isNaN(series.values[at])) last = row;
    gaps[row] = last;
  }
  return gaps;
}

function tooShort(series: Series, steps: number): UserError {
  const rows = series.rows === 1 ? "1 row" : `${series.rows} rows`;
  if (series.group === null)
    return new UserError(
      `${series.name} has ${rows} of data, fewer than the ${steps} of the model's window; give a longer series`,
    );
  return new UserError(
    `${series.name} has no group of at least ${steps} rows, the length of the model's window (${rows} in all); group by another column or give a longer series`,
  );
}

function noneLeft(series: Series, skipped: number, needsNext: string | undefined): UserError {
  const width = series.columns.length;
  const column = series.columns.find((_, f) => {
    for (let at = f; at < series.values.length; at += width)
      if (!Number.isNaN(series.values[at])) return false;
    return true;
  });
  const windows = skipped === 1 ? "the window" : `each of the ${skipped} windows`;
  if (column !== undefined)
    return new UserError(
      `${series.name}: column ${column} holds no value, so ${windows} has an empty cell; leave it out with --columns`,
    );
  const what = needsNext === undefined ? "" : ` or has no ${needsNext} in the row after it`;
  return new UserError(
    `${series.name}: ${windows} has an empty cell${what}, so none is left; try --missing interpolate`,
  );
}
