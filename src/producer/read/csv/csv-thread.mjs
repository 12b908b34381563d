// @ts-check
// The thread in which delimited text is read (read-csv.ts): it takes seconds for a large file, and what a hostile
// one takes ends with the thread. Plain JavaScript, so that it is the same file for the sources and for the build.
import { once } from "node:events";
import { parentPort } from "node:worker_threads";
import { parse } from "csv-parse/sync";
import { CellWriter, Kind, TooLarge } from "../cell-writer.mjs";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const COMMA_NUMBER = /^[+-]?(\d+,\d*|,\d+)(e[+-]?\d+)?$/i;
const TRUTH = /^(true|false)$/i;
const ERROR = /^#(N\/A|DIV\/0!|REF!|VALUE!|NAME\?|NUM!|NULL!)$/;

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
const [{ file, delimiter, maxCells }] = /** @type {[import("./read-csv.js").Question]} */ (
  await once(port, "message")
);
const writer = new CellWriter(maxCells);
const allowComma = delimiter !== ",";
/** @type {number[]} */
const lines = []; // [rows]: the line on which each begins
/** @type {string | null} */
let comma = null; // an example of each decimal mark
/** @type {string | null} */
let point = null;
let doubled = 0; // lines that the parser has counted twice

// Rows of another length than the first, as all are below a title, make the parser prepare an error each.
Error.stackTraceLimit = 0;
try {
  parse(Buffer.from(file.buffer, file.byteOffset, file.length), {
    delimiter,
    bom: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    relax_quotes: true, // 5" pipe
    skip_empty_lines: true,
    trim: true,
    on_record: addRow,
  });
  port.postMessage({ cells: writer.cells, lines, comma, point }, writer.buffers);
} catch (error) {
  if (!(error instanceof TooLarge)) throw error;
  port.postMessage({ refusal: error.message });
}

/**
 * @param {string[]} record
 * @param {import("csv-parse").InfoRecord} info its line is the one on which the record ends
 * @returns {null}
 */
function addRow(record, info) {
  const row = lines.length;
  let inner = 0; // lines that end within the record, as the parser counts them
  let pairs = 0;
  for (const [column, text] of record.entries()) {
    if (text === "") continue;
    if (NUMBER.test(text)) {
      writer.set(row, column, Kind.number, Number(text));
      if (allowComma && point === null && text.includes(".")) point = text;
      continue;
    }
    if (allowComma && COMMA_NUMBER.test(text)) {
      comma ??= text;
      writer.set(row, column, Kind.number, Number(text.replace(",", ".")));
    } else if (TRUTH.test(text)) writer.set(row, column, Kind.boolean, text.length === 4 ? 1 : 0);
    else writer.setText(row, column, ERROR.test(text) ? Kind.error : Kind.text, text);
    inner += text.match(/[\r\n]/g)?.length ?? 0;
    pairs += text.match(/\r\n/g)?.length ?? 0; // which the parser counts twice
  }
  lines.push(info.lines - doubled - inner);
  doubled += pairs;
  return null;
}
