import { UserError } from "../../shared/errors.js";
import { NO_TIME, type Time } from "../../shared/series.js";
import { groupRanges } from "./fill-missing.js";
import type { LocatedSeries } from "./located-series.js";

const PER_MS = { ms: 1n, us: 1000n, ns: 1_000_000n } as const;
const HOUR = 3_600_000n; // ms

/**
 * Refuses a series whose rows are not in time order, within each group: its windows would mean nothing. Times may
 * repeat, rows may have none, and local times may go back by the hour that clocks are set back in autumn.
 */
export function checkOrder(series: LocatedSeries): void {
  const { time, group, rows } = series;
  if (time === null) return;
  for (const { from, to } of groupRanges(group, rows)) {
    const row = firstBefore(time, from, to);
    if (row === null) continue;
    const several = group === null ? ", or give --group-by where the file holds several series" : "";
    throw new UserError(
      `${series.cellAt(row, time.column)}: ${shown(time, row)} stands below a later time; sort the rows from the oldest to the newest, or choose another --time-column (none: the rows have no times)${several}`,
    );
  }
}

/** The first of the rows from … to − 1 that comes after a later one; null where there is none. */
function firstBefore({ unit, values }: Time, from: number, to: number): number | null {
  const known = values.subarray(from, to).filter((t) => t !== NO_TIME);
  const hour = HOUR * PER_MS[unit];
  // Newest first, with an hour or less between the rows, is no clock set back.
  const back = known.length > 0 && known.at(-1)! - known[0]! > 24n * hour ? hour : 0n;
  let latest = NO_TIME;
  for (let row = from; row < to; row++) {
    const t = values[row]!;
    if (t === NO_TIME) continue;
    if (latest !== NO_TIME && t < latest - back) return row;
    if (t > latest) latest = t;
  }
  return null;
}

function shown({ unit, values }: Time, row: number): string {
  const date = new Date(Number(values[row]! / PER_MS[unit]));
  return Number.isNaN(date.getTime())
    ? `${values[row]} ${unit}`
    : date.toISOString().slice(0, 19).replace("T", " ");
}
