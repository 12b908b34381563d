import { Kind } from "../cell-grid.js";

/** Built-in formats that show a date, and those that show a time alone (ECMA-376 part 1, §18.8.30). */
const DATES = [14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 55, 56, 57, 58];
const CLOCKS = [18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47];

/** What a number shown in this format is: Kind.date, Kind.clock (a time without a date) or Kind.number. */
export function kindOfFormat(id: number, code: string | undefined): Kind {
  if (code !== undefined) return kindOfCode(code);
  if (DATES.includes(id)) return Kind.date;
  return CLOCKS.includes(id) ? Kind.clock : Kind.number;
}

function kindOfCode(code: string): Kind {
  if (/^general/i.test(code)) return Kind.number;
  const positive = withoutLiterals(code).split(";")[0]!.toLowerCase();
  // Elapsed time, [h]:mm, counts days without a date; any other bracket holds a colour, a locale or a condition.
  const elapsed = /\[(h+|m+|s+)\]/.test(positive);
  const letters = positive.replace(/\[[^\]]*\]/g, "");
  if (/[yd]/.test(letters)) return Kind.date;
  if (elapsed || /[hs]/.test(letters)) return Kind.clock;
  return letters.includes("m") ? Kind.date : Kind.number; // m alone is a month
}

/** Drops what is shown as it stands: quoted text, an escaped character, `_x` (a space of x's width), `*x`. */
function withoutLiterals(code: string): string {
  return code.replace(/"[^"]*"?|[\\_*]./g, "");
}
