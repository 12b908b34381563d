// @ts-check
// The thread in which HDF5 files are opened (read-hdf5.ts): a damaged file can send the library into an endless
// loop, which only the end of its thread ends. Plain JavaScript, so that it is the same file for the sources and
// for the build.
import { parentPort } from "node:worker_threads";
import h5wasm from "h5wasm";

/**
 * What is used of the compiled library; its own types need those of its compiler.
 * @typedef {object} Library
 * @property {{writeFile(path: string, bytes: Uint8Array): void, unlink(path: string): void,
 *   getStream(descriptor: number): {tty: {ops: object}}}} FS
 * @property {Uint8Array} HEAPU8
 * @property {(bytes: number) => number} _malloc
 * @property {(at: number) => void} _free
 * @property {(file: bigint, path: string, count: null, offset: null, strides: null, at: bigint) => number} get_dataset_data
 */

const library = /** @type {Library} */ (/** @type {unknown} */ (await h5wasm.ready));

// The library prints a trace of every failed call; the error that the user sees says what is needed.
const { tty } = library.FS.getStream(2);
tty.ops = { ...tty.ops, put_char: () => undefined, fsync: () => undefined };

/** The attributes that models use. */
const TEXTS = /^(model_config|keras_version|(layer|weight)_names\d*)$/;

/** Parts of a file that hold the training's state and no weights of layers. */
const SKIPPED = new Set(["optimizer_weights", "optimizer", "metrics", "compiled_metrics"]);

/** Groups deeper than any model nests, or more parts than any has, are a loop of links. */
const MAX_DEPTH = 64;
const MAX_PARTS = 200_000;

/** Compressed data may hold more than the file's size, to this bound; plain data cannot. */
const MAX_COMPRESSED = 2 ** 30;

parentPort?.on("message", (/** @type {Uint8Array} */ bytes) => {
  try {
    const contents = readFile(bytes);
    const buffers = Array.from(contents.arrays.values(), ({ data }) => data.buffer);
    parentPort?.postMessage({ contents }, /** @type {ArrayBuffer[]} */ ([...new Set(buffers)]));
  } catch (error) {
    parentPort?.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
});
parentPort?.postMessage("ready");

/**
 * Everything of a file that models use.
 * @param {Uint8Array} bytes
 * @returns {import("./read-hdf5.js").Hdf5Contents}
 */
function readFile(bytes) {
  const path = "/model.h5";
  library.FS.writeFile(path, bytes);
  const file = new h5wasm.File(path, "r");
  try {
    if (file.file_id <= 0n) throw new Error("its structure cannot be read");
    /** @type {import("./read-hdf5.js").Hdf5Contents} */
    const contents = { texts: new Map(), arrays: new Map() };
    readGroup(file, "", { contents, left: MAX_PARTS, room: bytes.length, packed: MAX_COMPRESSED }, 0);
    return contents;
  } finally {
    if (file.file_id > 0n) file.close();
    library.FS.unlink(path);
  }
}

/**
 * @typedef {object} Reading
 * @property {import("./read-hdf5.js").Hdf5Contents} contents
 * @property {number} left Parts that may still come.
 * @property {number} room Bytes that plain arrays may still have: a file holds no more than its size.
 * @property {number} packed Bytes that compressed arrays may still unpack to.
 */

/**
 * @param {import("h5wasm").Group} group
 * @param {string} path
 * @param {Reading} reading
 * @param {number} depth
 */
function readGroup(group, path, reading, depth) {
  if (depth > MAX_DEPTH) throw new Error("its groups nest without end");
  for (const [name, attribute] of Object.entries(group.attrs)) {
    if (TEXTS.test(name)) reading.contents.texts.set(`${path}@${name}`, asTexts(attribute));
  }
  for (const name of group.keys()) {
    if (reading.left-- <= 0) throw new Error("it has parts without end");
    if (depth === 0 && SKIPPED.has(name)) continue;
    const inner = path === "" ? name : `${path}/${name}`;
    const entity = group.get(name);
    if (entity instanceof h5wasm.Group) readGroup(entity, inner, reading, depth + 1);
    else if (entity instanceof h5wasm.Dataset)
      reading.contents.arrays.set(inner, readArray(entity, inner, reading));
  }
}

/**
 * @param {import("h5wasm").Attribute} attribute
 * @returns {readonly string[]} An empty list has no text type.
 */
function asTexts({ value, metadata }) {
  const texts = (Array.isArray(value) ? value : [value]).filter((item) => typeof item === "string");
  return metadata.cset === 1 ? texts : texts.map(asUtf8);
}

/** The bytes of the characters of Windows' Latin, which browsers take ASCII for; other characters are their own. */
const BYTES = new Map(
  Array.from(
    new TextDecoder("windows-1252").decode(Uint8Array.from({ length: 256 }, (_, i) => i)),
    (c, i) => [c, i],
  ),
);

/**
 * Keras writes UTF-8 that is declared as ASCII, and the library decodes it byte by byte.
 * @param {string} text
 * @returns {string}
 */
function asUtf8(text) {
  if (!/[^\0-\x7f]/.test(text)) return text;
  return new TextDecoder().decode(Uint8Array.from(text, (c) => BYTES.get(c) ?? c.charCodeAt(0)));
}

/**
 * A dataset's bytes as stored: the library itself knows no numbers of 16 bits.
 * @param {import("h5wasm").Dataset} dataset
 * @param {string} path
 * @param {Reading} reading
 * @returns {import("./decode-numbers.js").Hdf5Bytes}
 */
function readArray(dataset, path, reading) {
  const { type, size, littleEndian, total_size: count, signed, vlen, shape } = dataset.metadata;
  const length = count * size;
  const room = dataset.filters.length > 0 ? "packed" : "room";
  reading[room] -= length;
  if (!(reading[room] >= 0)) throw new Error(`${path} claims ${count} numbers, more than the file can hold`);
  const kind = vlen ? "other" : kindOf(type, signed);
  const about = { shape: shape ?? [], kind, size, littleEndian: littleEndian || kind === "opaque" };
  if (kind === "other" || length === 0) return { ...about, data: new Uint8Array(0) };
  const at = library._malloc(length);
  if (at === 0) throw new Error(`${path} is too large, ${length} bytes`);
  try {
    const status = library.get_dataset_data(dataset.file_id, dataset.path, null, null, null, BigInt(at));
    if (status < 0) throw new Error(`${path} cannot be read`);
    return { ...about, data: library.HEAPU8.slice(at, at + length) };
  } finally {
    library._free(at);
  }
}

/**
 * @param {number} type The HDF5 library's number of the class of a type.
 * @param {boolean} signed
 * @returns {import("./decode-numbers.js").Hdf5Bytes["kind"]}
 */
function kindOf(type, signed) {
  if (type === 0) return signed ? "int" : "uint";
  return type === 1 ? "float" : type === 5 ? "opaque" : "other";
}
