import { NO_TIME, type Time } from "../../shared/series.js";
import { dayOrderOf, type Instant, parseTime } from "./parse-time.js";

/** The times of a column: [rows], NO_TIME where there is none. */
export interface Times extends Pick<Time, "unit"> {
  readonly time: BigInt64Array;
  /** The first text that is no date; null where all are. */
  readonly firstOther: number | null;
}

/** Reads a column of dates that are written as texts (null: missing); undefined where most are no dates. */
export function timesOfTexts(written: readonly (string | null)[]): Times | undefined {
  const texts = written.filter((text) => text !== null);
  const order = dayOrderOf(texts);
  if (parseTime(texts[0] ?? "", order) === undefined) return undefined; // as most columns of text are
  const instants = written.map((text) => (text === null ? undefined : parseTime(text, order)));
  const dates = instants.filter((instant) => instant !== undefined).length;
  if (dates * 2 <= texts.length) return undefined;
  const other = written.findIndex((text, row) => text !== null && instants[row] === undefined);
  return { ...pack(instants), firstOther: other < 0 ? null : other };
}

/** In the coarsest unit that holds every instant exactly; past the years that nanoseconds reach, to the microsecond. */
function pack(instants: readonly (Instant | undefined)[]): { unit: Time["unit"]; time: BigInt64Array } {
  const some = (test: (instant: Instant) => boolean) => instants.some((i) => i !== undefined && test(i));
  const fine = some((i) => i.ns % 1000 !== 0) && !some((i) => Math.abs(i.ms) > 9.2e12);
  const unit = fine ? "ns" : some((i) => i.ns !== 0) ? "us" : "ms";
  const [perMs, perUnit] = unit === "ns" ? [1_000_000n, 1] : unit === "us" ? [1000n, 1000] : [1n, 1_000_000];
  const time = new BigInt64Array(instants.length).fill(NO_TIME); // [rows]
  for (const [row, instant] of instants.entries())
    if (instant !== undefined)
      time[row] = BigInt(instant.ms) * perMs + BigInt(Math.floor(instant.ns / perUnit));
  return { unit, time };
}
