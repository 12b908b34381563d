// @ts-check
import { SSF } from "@e965/xlsx";
import { Kind } from "../cell-writer.mjs";

/**
 * What a number shown in this format is: Kind.date, Kind.clock (a time without a date) or Kind.number.
 * @param {string | undefined} format
 */
export function kindOfFormat(format) {
  if (format === undefined || !SSF.is_date(format)) return Kind.number;
  const positive = withoutLiterals(format).split(";", 1)[0]?.toLowerCase() ?? "";
  // Elapsed time, [h]:mm, counts days without a date; any other bracket holds a colour, a locale or a condition.
  const elapsed = /\[(h+|m+|s+)\]/.test(positive);
  const letters = positive.replace(/\[[^\]]*\]/g, "");
  if (/[yd]/.test(letters)) return Kind.date;
  if (elapsed || /[hs]/.test(letters)) return Kind.clock;
  return letters.includes("m") ? Kind.date : Kind.number; // m alone is a month
}

/**
 * Drops what is shown as it stands: quoted text, an escaped character, `_x` (a space of x's width), `*x`.
 * @param {string} format
 */
function withoutLiterals(format) {
  return format.replace(/"[^"]*"?|[\\_*]./g, "");
}

/**
 * The workbook's styles with the built-in formats of East Asia, which SheetJS does not tell from none, replaced by
 * those of a date (14) and a time of day (21) that mean the same here (ECMA-376 part 1, §18.8.30).
 * @param {Uint8Array} styles XML
 */
export function withKnownFormats(styles) {
  const xml = Buffer.from(styles.buffer, styles.byteOffset, styles.length).toString("latin1");
  return Buffer.from(
    xml
      .replace(/(\bnumFmtId\s*=\s*["'])(2[7-9]|3[016]|5[0-8])(?=["'])/g, "$114")
      .replace(/(\bnumFmtId\s*=\s*["'])3[2-5](?=["'])/g, "$121"),
    "latin1",
  );
}
