import { isUtf8 } from "node:buffer";
import { askThread } from "../../../shared/ask-thread.js";
import { messageOf, UserError } from "../../../shared/errors.js";
import { CellGrid, type Cells } from "../cell-grid.js";
import { MAX_CELLS, type Sheet } from "../dataset.js";

/** What csv-thread.mjs is asked. */
export interface Question {
  readonly file: Uint8Array; // UTF-8
  readonly delimiter: string;
  readonly maxCells: number;
}

type Answer =
  | { readonly refusal: string } // goes on after the file's name
  | {
      readonly cells: Cells;
      readonly lines: readonly number[]; // [rows]
      readonly comma: string | null; // a number written with a decimal comma
      readonly point: string | null;
    };

const HEAP = 2048; // MiB
const PATIENCE = 10_000; // ms, and
const PATIENCE_PER_BYTE = 1e-3; // ms: 1 MB/s

/**
 * Reads delimited text: commas, semicolons, tabs or bars, quoted cells, UTF-8 (with or without its mark), UTF-16
 * or Windows-1252, in a thread. Where commas do not part the cells they may stand for the decimal point, in the
 * whole file.
 */
export async function readCsv(file: Buffer, name: string): Promise<Sheet> {
  const bytes = decode(file, name);
  const delimiter = findDelimiter(bytes.toString("utf8", 0, 64 * 1024));
  const answer = await ask({ file: new Uint8Array(bytes), delimiter, maxCells: MAX_CELLS }, name);
  if ("refusal" in answer) throw new UserError(`${name} ${answer.refusal}`);
  const { cells, lines, comma, point } = answer;
  if (cells.rows === 0) throw new UserError(`${name} is empty: it has no row of data`);
  if (comma !== null && point !== null)
    throw new UserError(
      `${name} writes ${comma} with a decimal comma and ${point} with a decimal point; write all numbers alike`,
    );
  const cell = (row: number, _: number, column: string) => `${name}, line ${lines[row]}, column ${column}`;
  return { grid: new CellGrid(cells), sheet: null, otherSheets: [], place: name, date1904: false, cell };
}

async function ask(question: Question, name: string): Promise<Answer> {
  const limits = { heap: HEAP, patience: PATIENCE + question.file.length * PATIENCE_PER_BYTE };
  try {
    return await askThread<Answer>(new URL("./csv-thread.mjs", import.meta.url), question, limits);
  } catch (cause) {
    throw new UserError(`${name} cannot be read as delimited text: ${messageOf(cause)}`, { cause });
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
