import { NO_TIME, type Time } from "../shared/series.js";
import type { WindowPlace } from "../statistics/summary.js";

/** Where a window stands, for a person and for JSON. */
export function placeOf(
  { window, row, time }: { readonly window: bigint; readonly row: bigint; readonly time: bigint },
  unit: Time["unit"] | null,
): WindowPlace {
  return { window: Number(window), row: Number(row), time: unit && isoTime(time, unit) };
}

/** ISO 8601 without a zone, to the second, or as fine as the time is. */
function isoTime(time: bigint, unit: Time["unit"]): string | null {
  if (time === NO_TIME) return null;
  const perMillisecond = { ms: 1n, us: 1000n, ns: 1_000_000n }[unit];
  const milliseconds = time / perMillisecond - (time % perMillisecond < 0n ? 1n : 0n);
  const date = new Date(Number(milliseconds));
  if (Number.isNaN(date.getTime())) return null; // beyond the years that a Date knows
  const rest = (time - milliseconds * perMillisecond).toString().padStart({ ms: 0, us: 3, ns: 6 }[unit], "0");
  const fraction = `${date.toISOString().slice(20, 23)}${unit === "ms" ? "" : rest}`.replace(/0+$/, "");
  return date.toISOString().slice(0, 19) + (fraction && `.${fraction}`);
}
