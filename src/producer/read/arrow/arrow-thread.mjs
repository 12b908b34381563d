// @ts-check
// The thread in which Arrow files of others are read (read-arrow.ts): apache-arrow takes the sizes that a file claims
// on trust, so that a damaged one can send it into a loop of billions of turns or out of memory, which only the end
// of its thread ends. Plain JavaScript, so that it is the same file for the sources and for the build.
import { once } from "node:events";
import { parentPort } from "node:worker_threads";
import {
  CompressionType,
  compressionRegistry,
  DataType,
  RecordBatchReader,
  Table,
  TimeUnit,
} from "apache-arrow";
import { Decompress } from "fzstd";
import { decompressLz4Frame } from "./lz4-frame.mjs";

/**
 * @typedef {import("../column-data.js").ColumnData} ColumnData
 * @typedef {import("apache-arrow").Vector} Vector
 * @typedef {import("apache-arrow").RecordBatchFileReader} FileReader
 */

const NO_TIME = -(2n ** 63n); // as in series.ts
const MAX_TEXT = 2 ** 28; // characters of a column, whose cells may all refer to the same bytes

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
const [{ file, maxCells }] = /** @type {[{file: Uint8Array, maxCells: number}]} */ (
  await once(port, "message")
);
let bytesLeft = maxCells * 16; // of all columns, decompressed

compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: bounded(decompressLz4Frame) });
compressionRegistry.set(CompressionType.ZSTD, { decode: bounded(decompressZstd) });
const table = new Table(readBatches());
const rows = table.numRows;
if (rows * table.numCols > maxCells) throw new Error(`it holds more than ${maxCells / 1e6} million cells`);
const columns = table.schema.fields.map(({ name }, i) => {
  const vector = table.getChildAt(i);
  if (vector?.length !== rows)
    throw new Error(`column ${name} has ${vector?.length} rows, the table ${rows}`);
  return { name, data: columnOf(vector) };
});
port.postMessage({ rows, columns });

/**
 * A file's batches by its footer's list of them: the library's own way asks for the same message for ever where it
 * is not what it should be.
 */
function readBatches() {
  const reader = RecordBatchReader.from(file);
  reader.open();
  if (!reader.isFile()) return [...reader];
  const source = /** @type {FileReader} */ (/** @type {unknown} */ (reader));
  return Array.from({ length: source.numRecordBatches }, (_, i) => {
    const batch = source.readRecordBatch(i);
    if (batch === null) throw new Error(`its batch ${i} is not where its footer says`);
    return batch;
  });
}

/**
 * Columns of types that a series has no use for (lists, structs, binary) come as empty ones.
 * @param {Vector} vector
 * @returns {ColumnData}
 */
function columnOf(vector) {
  const { type } = vector;
  if (DataType.isInt(type) || DataType.isFloat(type)) return { kind: "number", numbers: numbersOf(vector) };
  if (DataType.isBool(type)) return { kind: "boolean", numbers: numbersOf(vector) };
  if (DataType.isDate(type))
    return { kind: "time", unit: "ms", time: timesOf(vector, type.unit === 0 ? 86_400_000n : 1n) };
  if (DataType.isTimestamp(type)) {
    const unit = type.unit === TimeUnit.NANOSECOND ? "ns" : type.unit === TimeUnit.MICROSECOND ? "us" : "ms";
    return { kind: "time", unit, time: timesOf(vector, type.unit === TimeUnit.SECOND ? 1000n : 1n) };
  }
  const texts = DataType.isDictionary(type) ? type.dictionary : type;
  if (DataType.isUtf8(texts) || DataType.isLargeUtf8(texts) || DataType.isUtf8View(texts))
    return { kind: "text", text: textsOf(vector) };
  return { kind: "empty" };
}

/** @param {Vector} vector */
function numbersOf(vector) {
  for (const { type, values, length } of vector.data)
    if (!DataType.isBool(type) && values.length < length)
      throw new Error("a column ends before its last row");
  const numbers = new Float64Array(rows); // [rows]
  for (let row = 0; row < rows; row++) {
    const value = vector.get(row);
    numbers[row] = value === null ? Number.NaN : Number(value);
  }
  return numbers;
}

/**
 * The values as they are stored, since the library's own reading of a timestamp drops what is below the millisecond.
 * @param {Vector} vector
 * @param {bigint} factor
 */
function timesOf(vector, factor) {
  const time = new BigInt64Array(rows); // [rows]
  let row = 0;
  for (const data of vector.data) {
    if (data.values.length < data.length) throw new Error("a column ends before its last row");
    for (let i = 0; i < data.length; i++, row++)
      time[row] = data.getValid(i) ? BigInt(data.values[i]) * factor : NO_TIME;
  }
  return time;
}

/** @param {Vector} vector */
function textsOf(vector) {
  /** @type {string[]} */
  const texts = [];
  let size = 0;
  for (let row = 0; row < rows; row++) {
    const text = String(vector.get(row) ?? "").trim();
    size += text.length;
    if (size > MAX_TEXT) throw new Error(`a column holds more than ${MAX_TEXT} characters`);
    texts.push(text);
  }
  return texts;
}

/**
 * @param {(frame: Uint8Array, limit: number) => Uint8Array} decompress
 * @returns {(frame: Uint8Array) => Uint8Array}
 */
function bounded(decompress) {
  return (frame) => {
    const bytes = decompress(frame, bytesLeft);
    bytesLeft -= bytes.length;
    return bytes;
  };
}

/**
 * In a buffer of its own, since the columns are views of 8-byte numbers.
 * @param {Uint8Array} frame
 * @param {number} limit
 */
function decompressZstd(frame, limit) {
  /** @type {Uint8Array[]} */
  const pieces = [];
  let size = 0;
  const stream = new Decompress((piece) => {
    size += piece.length;
    if (size > limit) throw new Error("its columns are too large when they are decompressed");
    pieces.push(piece);
  });
  stream.push(frame, true);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
