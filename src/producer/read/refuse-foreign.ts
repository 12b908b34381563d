import { UserError } from "../../shared/errors.js";

/** What a file is expected to be, by its name. */
export type Format = "spreadsheet" | "text" | "Parquet" | "Arrow";

/** First bytes, in hexadecimal, and what they are the sign of. */
const SIGNATURES: readonly (readonly [string, string, Format?])[] = [
  ["504b", "a zip archive or a workbook", "spreadsheet"],
  ["50415231", "a Parquet file", "Parquet"],
  ["4152524f5731", "an Arrow file", "Arrow"],
  ["ffffffff", "an Arrow stream", "Arrow"],
  ["46454131", "a Feather file", "Arrow"],
  ["89504e47", "a PNG image"],
  ["ffd8ff", "a JPEG image"],
  ["47494638", "a GIF image"],
  ["25504446", "a PDF document"],
  ["89484446", "an HDF5 file"],
  ["1f8b", "compressed by gzip"],
  ["28b52ffd", "compressed by Zstandard"],
  ["7f454c46", "a program"],
];

const NAMES: Readonly<Record<Format, string>> = {
  spreadsheet: "a spreadsheet",
  text: "delimited text",
  Parquet: "a Parquet file",
  Arrow: "an Arrow file",
};

/** Refuses a file whose first bytes show another format than its name promises, saying which. */
export function refuseForeign(file: Buffer, name: string, wanted: Format): void {
  const start = file.toString("hex", 0, 8);
  if (start === "d0cf11e0a1b11ae1") throw new UserError(oldOffice(file, name));
  const [, found, format] = SIGNATURES.find(([signature]) => start.startsWith(signature)) ?? [];
  if (format === wanted) return;
  const remedy = "give a series as .xlsx, .csv, .parquet or .arrow, each under its own name";
  if (found !== undefined) throw new UserError(`${name} is not ${NAMES[wanted]} but ${found}; ${remedy}`);
  if (/^(\xef\xbb\xbf)?\s*<(!doctype html|html|table)/i.test(file.toString("latin1", 0, 200)))
    throw new UserError(
      `${name} is a web page under another name; open it in a spreadsheet program and save it as .xlsx`,
    );
  if (wanted === "text") return;
  const sign = wanted === "spreadsheet" ? " (an .xlsx file is a zip archive, and this is none)" : "";
  throw new UserError(`${name} is not ${NAMES[wanted]}${sign}; ${remedy}`);
}

/** Both old workbooks and encrypted new ones are OLE compound files; the streams' names (UTF-16) tell them apart. */
function oldOffice(file: Buffer, name: string): string {
  if (file.includes(Buffer.from("EncryptedPackage", "utf16le")))
    return `${name} is protected by a password; save it without one`;
  return `${name} is a workbook of Excel 97–2003 (.xls); save it as .xlsx`;
}
