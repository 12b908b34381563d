/** The texts that stand for a missing value, those of pandas; formula errors such as #N/A are not among them. */
const WORDS = new Set([
  "",
  "NA",
  "N/A",
  "n/a",
  "<NA>",
  "NaN",
  "nan",
  "-NaN",
  "-nan",
  "NaT",
  "NULL",
  "Null",
  "null",
  "None",
]);

/** Whether a cell's text means that there is no value. */
export function isMissing(text: string): boolean {
  return text.length <= 8 && WORDS.has(text.trim());
}
