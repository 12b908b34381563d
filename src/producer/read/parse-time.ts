/** A point in time to the nanosecond: milliseconds since 1970 (an integer) and what is left below them. */
export interface Instant {
  readonly ms: number;
  readonly ns: number; // 0 … 999,999
}

/** How a date of slashes is read where both readings are possible. */
export type DayOrder = "day first" | "month first";

const CLOCK = String.raw`(?:[T,\s]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AP]M)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?`;
const WEEKDAY = String.raw`(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?`;
const MONTH = String.raw`(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?`;
const YEAR_FIRST = new RegExp(String.raw`^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})${CLOCK}$`, "i");
const YEAR_LAST = new RegExp(String.raw`^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})${CLOCK}$`, "i");
const DAY_MONTH_NAME = new RegExp(
  String.raw`^${WEEKDAY}(\d{1,2})[-\s]${MONTH}[-\s,]\s*(\d{4}|\d{2})${CLOCK}$`,
  "i",
);
const MONTH_NAME_DAY = new RegExp(String.raw`^${WEEKDAY}${MONTH}\s+(\d{1,2}),?\s+(\d{4})${CLOCK}$`, "i");
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/**
 * Reads a date, or a date and time, as files write them: ISO 8601, 31.12.2013, 12/31/2013, 31 Dec 2013,
 * Dec 31, 2013, with 14:00, 14:00:00.123456789 or 2:00 PM after it and an offset after that. A time without an
 * offset is taken as it stands, as if UTC. Undefined where the text is no date.
 */
export function parseTime(text: string, order: DayOrder): Instant | undefined {
  const match = YEAR_FIRST.exec(text);
  if (match !== null) return instant(match[1]!, Number(match[3]), Number(match[4]), match, 5);
  const last = YEAR_LAST.exec(text);
  if (last !== null) {
    const dayFirst = last[2] === "." || order === "day first";
    const [first, second] = [Number(last[1]), Number(last[3])];
    return instant(last[4]!, dayFirst ? second : first, dayFirst ? first : second, last, 5);
  }
  const named = DAY_MONTH_NAME.exec(text);
  if (named !== null) return instant(named[3]!, monthOf(named[2]!), Number(named[1]), named, 4);
  const american = MONTH_NAME_DAY.exec(text);
  if (american !== null)
    return instant(american[3]!, monthOf(american[1]!), Number(american[2]), american, 4);
  return undefined;
}

/**
 * Which of day and month comes first in a column's dates: one date such as 31/12/2013 tells for all of them; where
 * none does, the month does, as pandas reads them.
 */
export function dayOrderOf(texts: Iterable<string>): DayOrder {
  for (const text of texts) {
    const match = /^(\d{1,2})[-/](\d{1,2})[-/]\d/.exec(text);
    if (match !== null && Number(match[1]) > 12) return "day first";
    if (match !== null && Number(match[2]) > 12) return "month first";
  }
  return "month first";
}

function monthOf(name: string): number {
  return MONTHS.indexOf(name.toLowerCase()) + 1;
}

/** Puts the parts together; match[clock …] are hour, minute, second, fraction, AM or PM, offset. */
function instant(
  yearText: string,
  month: number,
  day: number,
  match: RegExpExecArray,
  clock: number,
): Instant | undefined {
  // Two digits: 69 … 99 are of the last century, as POSIX reads them.
  const year = Number(yearText) + (yearText.length > 2 ? 0 : Number(yearText) < 69 ? 2000 : 1900);
  let hour = Number(match[clock] ?? 0);
  const minute = Number(match[clock + 1] ?? 0);
  const second = Number(match[clock + 2] ?? 0);
  const fraction = (match[clock + 3] ?? "").padEnd(9, "0");
  const half = match[clock + 4];
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (/^p/i.test(half) ? 12 : 0);
  }
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 24 || minute > 59 || second > 60 || (hour === 24 && minute + second > 0)) return undefined;
  const offset = minutesOf(match[clock + 5]);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const ms = date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000;
  return { ms: ms + Number(fraction.slice(0, 3)), ns: Number(fraction.slice(3)) };
}

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : MONTH_DAYS[month - 1]!;
}

function minutesOf(offset: string | undefined): number {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset ?? "");
  if (match === null) return 0;
  return (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3] ?? 0));
}

/**
 * The milliseconds since 1970 of a spreadsheet's serial day number, to the millisecond. In the 1900 system day 60
 * is a 29 February that never was (kept from Lotus 1-2-3), so the days before it count from one day later.
 */
export function timeOfSerial(serial: number, date1904: boolean): number {
  const epoch = date1904 ? 24107 : 25569; // serial number of 1970-01-01
  const days = !date1904 && serial >= 0 && serial < 60 ? serial + 1 : serial;
  return Math.round((days - epoch) * 86_400_000);
}
