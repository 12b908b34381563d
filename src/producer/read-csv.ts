import { isUtf8 } from "node:buffer";
import { messageOf, UserError } from "../shared/errors.js";
import { CellGrid, Kind } from "./cell-grid.js";
import type { Sheet } from "./dataset.js";
import { parseNumber } from "./parse-number.js";
import { scanCsv } from "./scan-csv.js";

const COMMA_NUMBER = /^[+-]?(\d+,\d*|,\d+)(e[+-]?\d+)?$/i;
const POINT = 0x2e;

/**
 * Reads delimited text: commas, semicolons, tabs or bars, quoted cells, UTF-8 (with or without its mark), UTF-16
 * or Windows-1252. Where commas do not part the cells they may stand for the decimal point, in the whole file.
 * Cells go from bytes to numbers without becoming strings: 38,265 rows × 5 columns take 0.07 s here, imports included, 0.30 s by
 * csv-parse, with which the tests compare it.
 */
export function readCsv(file: Buffer, name: string): Sheet {
  const bytes = decode(file, name); // UTF-8
  const delimiter = findDelimiter(bytes.toString("utf8", 0, 64 * 1024));
  const grid = new CellGrid(name);
  const cells = new CellReader(grid, bytes, delimiter !== ",");
  const lines = scanLines(bytes, delimiter, cells, name);
  if (grid.rows === 0) throw new UserError(`${name} is empty: it has no row of data`);
  if (cells.comma !== null && cells.point !== null)
    throw new UserError(
      `${name} writes ${cells.comma} with a decimal comma and ${cells.point} with a decimal point; write all numbers alike`,
    );
  const cell = (row: number, _: number, column: string) => `${name}, line ${lines[row]}, column ${column}`;
  return { grid, sheet: null, otherSheets: [], place: name, date1904: false, cell };
}

function scanLines(bytes: Buffer, delimiter: string, cells: CellReader, name: string): number[] {
  try {
    return scanCsv(bytes, delimiter.charCodeAt(0), (row, column, from, to, doubled) =>
      cells.read(row, column, from, to, doubled),
    );
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${name} cannot be read as delimited text: ${messageOf(cause)}`, { cause });
  }
}

/** Puts cells into the grid by what they hold, and remembers an example of each decimal mark it met. */
class CellReader {
  comma: string | null = null;
  point: string | null = null;

  constructor(
    private readonly grid: CellGrid,
    private readonly bytes: Buffer,
    private readonly allowComma: boolean,
  ) {}

  read(row: number, column: number, from: number, to: number, doubled: boolean): void {
    const { grid, bytes } = this;
    const value = parseNumber(bytes, from, to);
    if (!Number.isNaN(value)) {
      grid.set(row, column, Kind.number, value);
      if (this.allowComma && this.point === null && bytes.subarray(from, to).includes(POINT))
        this.point = bytes.toString("latin1", from, to);
      return;
    }
    let text = bytes.toString("utf8", from, to);
    if (doubled) text = text.replaceAll('""', '"');
    if (this.allowComma && COMMA_NUMBER.test(text)) {
      this.comma ??= text;
      grid.set(row, column, Kind.number, Number(text.replace(",", ".")));
    } else if (/^(true|false)$/i.test(text)) {
      grid.set(row, column, Kind.boolean, text.length === 4 ? 1 : 0);
    } else {
      const isError = /^#(N\/A|DIV\/0!|REF!|VALUE!|NAME\?|NUM!|NULL!)$/.test(text);
      grid.setText(row, column, isError ? Kind.error : Kind.text, text);
    }
  }
}

/** The mark that parts the cells in most of a file's first lines, quoted text left out. */
function findDelimiter(sample: string): string {
  const lines = sample
    .replace(/"[^"]*"/g, "")
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== "")
    .slice(0, 20);
  // A comma may be a decimal mark, so it parts the cells only where none of the others does.
  const uses = [";", "\t", "|"].map((mark) => ({
    mark,
    lines: lines.filter((l) => l.includes(mark)).length,
  }));
  const best = uses.reduce((a, b) => (b.lines > a.lines ? b : a));
  return best.lines * 2 > lines.length ? best.mark : ",";
}

/** The file in UTF-8. */
function decode(file: Buffer, name: string): Buffer {
  if (file[0] === 0xff && file[1] === 0xfe) return Buffer.from(file.toString("utf16le"));
  if (file[0] === 0xfe && file[1] === 0xff && file.length % 2 === 0)
    return Buffer.from(Buffer.from(file).swap16().toString("utf16le"));
  if (file.includes(0))
    throw new UserError(`${name} is not a text file; a series is .xlsx, .csv, .parquet or .arrow`);
  return isUtf8(file) ? file : Buffer.from(new TextDecoder("windows-1252").decode(file));
}
