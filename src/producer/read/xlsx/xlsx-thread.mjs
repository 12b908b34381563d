// @ts-check
// The thread in which workbooks are read (read-xlsx.ts): SheetJS makes an object of each cell and runs regular
// expressions over the whole sheet, and what a hostile one takes of time and memory ends with the thread. Plain
// JavaScript, so that it is the same file for the sources and for the build.
import { once } from "node:events";
import { parentPort } from "node:worker_threads";
import * as XLSX from "@e965/xlsx";
import { CellWriter, Kind, TooLarge } from "../cell-writer.mjs";
import { kindOfFormat, withKnownFormats } from "./number-kind.mjs";

/**
 * @typedef {{name: string, Hidden?: number}} SheetEntry
 * @typedef {{t: string, v?: unknown, z?: string, f?: string, F?: string}} Cell as SheetJS gives it
 * @typedef {{Workbook: {Sheets: SheetEntry[], WBProps: {date1904?: boolean}}, Sheets: Record<string, {"!data"?: Cell[][]} | undefined>}} Book
 */

const MAX_ROWS = 2 ** 20; // of the format
const MAX_COLUMNS = 2 ** 14;
const READ = { dense: true, cellNF: true, cellText: false, cellHTML: false, cellDates: false };

/** @type {(archive: unknown, options: object) => Book} exported without a type */
const parseZip = /** @type {any} */ (XLSX)["parse_zip"];

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
const [{ name, parts, choice, skip, maxCells }] = /** @type {[import("./read-xlsx.js").Question]} */ (
  await once(port, "message")
);
refuseCutSheets();
port.postMessage(...answer());

/** @returns {[message: unknown, handedOver?: ArrayBuffer[]]} */
function answer() {
  const { sheets, date1904 } = listSheets();
  const names = sheets.map((sheet) => sheet.name).join(", ");
  const wanted = candidates(sheets);
  if (wanted.length === 0) return [{ refusal: `${name} has no sheet "${choice}"; its sheets are: ${names}` }];
  for (let looked = skip; looked < wanted.length; ) {
    const sheet = /** @type {SheetEntry} */ (wanted[looked++]);
    const place = `${name}, sheet ${sheet.name}`;
    const writer = new CellWriter(maxCells);
    try {
      fill(writer, readSheet(sheets.indexOf(sheet)));
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      return [
        { refusal: error instanceof TooLarge ? `${place} ${message}` : `${place} is damaged: ${message}` },
      ];
    }
    const { cells } = writer;
    if (cells.rows === 0) continue;
    const otherSheets = sheets.filter((other) => other !== sheet).map((other) => other.name);
    return [{ sheet: sheet.name, otherSheets, date1904, cells, looked }, writer.buffers];
  }
  if (choice === undefined) return [{ refusal: `${name} has no sheet with data` }];
  return [{ refusal: `${name}, sheet ${choice}: the sheet is empty; the sheets are: ${names}` }];
}

/** SheetJS takes a sheet that ends too early for an empty one. */
function refuseCutSheets() {
  for (const [part, bytes] of parts) {
    const end = bufferOf(bytes.subarray(-100)).toString("latin1");
    if (/\/worksheets\/[^/]+$/i.test(part) && !/<\/(\w+:)?worksheet>\s*$/.test(end))
      throw new Error(`${part} is damaged: its XML ends too early`);
  }
}

/** The workbook's sheets in tab order, those of charts among them, without a look at any sheet or string. */
function listSheets() {
  const { Workbook } = parseZip(archive(/^(?!.*(\/worksheets\/|sharedStrings))/i), { ...READ, sheets: [] });
  return { sheets: Workbook.Sheets, date1904: Workbook.WBProps.date1904 === true };
}

/**
 * The sheets to try in turn: the one that is asked for, or all, those in view first.
 * @param {readonly SheetEntry[]} sheets
 */
function candidates(sheets) {
  if (choice === undefined) return [...sheets.filter((s) => !s.Hidden), ...sheets.filter((s) => s.Hidden)];
  const chosen =
    sheets.find((s) => s.name === choice) ??
    sheets.find((s) => s.name.toLowerCase() === choice.toLowerCase()) ??
    (/^\d+$/.test(choice) ? sheets[Number(choice) - 1] : undefined);
  return chosen === undefined ? [] : [chosen];
}

/**
 * Formulas are looked at where there are any, in an eighth of the time: one whose value was never stored is a stub
 * with a formula, which an empty cell of some style has not.
 * @param {number} index
 */
function readSheet(index) {
  const marks = ["<f>", "<f ", ":f>", ":f "];
  const hasFormulas = [...parts].some(
    ([part, bytes]) => /sheet/i.test(part) && marks.some((mark) => bufferOf(bytes).includes(mark)),
  );
  const options = { ...READ, sheets: index, cellFormula: hasFormulas, sheetStubs: hasFormulas };
  const book = parseZip(archive(/^/), options);
  const sheet = book.Sheets[book.Workbook.Sheets[index]?.name ?? ""];
  if (sheet === undefined)
    throw new Error("its cells cannot be made out; open it in a spreadsheet program and save it again");
  return sheet["!data"] ?? [];
}

/**
 * @param {CellWriter} writer
 * @param {readonly (readonly (Cell | undefined)[] | undefined)[]} rows
 */
function fill(writer, rows) {
  if (rows.length > MAX_ROWS) throw new Error(`it has a row ${rows.length}, past the format's last`);
  /** @type {Map<string | undefined, import("../cell-grid.js").Kind>} */
  const kinds = new Map(); // of numbers, by their format
  for (let row = 0; row < rows.length; row++) {
    const cells = rows[row];
    if (cells === undefined) continue;
    if (cells.length > MAX_COLUMNS)
      throw new Error(`row ${row + 1} has a cell past the format's last column`);
    for (let column = 0; column < cells.length; column++) {
      const cell = cells[column];
      if (cell === undefined) continue;
      if (cell.t !== "n") {
        setOther(writer, row, column, cell);
        continue;
      }
      const value = Number(cell.v);
      if (Number.isNaN(value))
        throw new Error(`cell ${XLSX.utils.encode_cell({ r: row, c: column })} stores a number that is none`);
      let kind = kinds.get(cell.z);
      if (kind === undefined) {
        kind = kindOfFormat(cell.z);
        kinds.set(cell.z, kind);
      }
      writer.set(row, column, kind, value);
    }
  }
}

/**
 * @param {CellWriter} writer
 * @param {number} row
 * @param {number} column
 * @param {Cell} cell
 */
function setOther(writer, row, column, cell) {
  const { t, v } = cell;
  if (t === "s" && typeof v === "string" && v !== "") writer.setText(row, column, Kind.text, v);
  else if (t === "b") writer.set(row, column, Kind.boolean, v === true ? 1 : 0);
  else if (t === "e")
    writer.setText(row, column, Kind.error, XLSX.utils.format_cell(/** @type {any} */ (cell)) ?? "#ERROR!");
  else if (t === "z" && (cell.f ?? cell.F) !== undefined) writer.set(row, column, Kind.uncomputed, 0);
}

/**
 * The parts whose names match, as an archive that SheetJS has opened.
 * @param {RegExp} names
 */
function archive(names) {
  const zip = XLSX.CFB.utils.cfb_new();
  for (const [part, bytes] of parts) {
    if (!names.test(part)) continue;
    const content = /styles\.xml$/i.test(part) ? withKnownFormats(bytes) : bufferOf(bytes);
    XLSX.CFB.utils.cfb_add(zip, part, content, { unsafe: true });
  }
  return zip;
}

/** @param {Uint8Array} bytes */
function bufferOf(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
