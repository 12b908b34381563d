import type { Graph } from "../../program/graph.js";
import { messageOf, UserError } from "../../shared/errors.js";
import { openZip, type Zip } from "../../shared/open-zip.js";
import { isJson, parseJson } from "../config.js";
import { flattenModel } from "../flatten-model.js";
import type { LayerKinds } from "../layers/layer-kinds.js";
import { parseModel } from "../parse-model.js";
import type { Slot } from "../weight-slots.js";
import { fillFromPaths } from "./fill-slots.js";
import { readHdf5 } from "./read-hdf5.js";
import { majorVersion, parseConfig } from "./read-keras-h5.js";

const CONFIG = "config.json";
const METADATA = "metadata.json";
const WEIGHTS = "model.weights.h5";

const REMEDY = "save the whole model again: model.save('m.keras')";

/**
 * Largest part believed. Keras stores its files without compression, and weights hardly compress: what
 * unpacks to several times the file's size is small, or is no model.
 */
const mostBytes = (file: Uint8Array): number => 64 * 2 ** 20 + 4 * file.length;

/** Reads a .keras file: a zip of the configuration, the version that wrote it, and the weights as HDF5. */
export async function readKerasZip(name: string, bytes: Uint8Array, kinds: LayerKinds): Promise<Graph> {
  const zip = await unpack(name, () => openZip(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)));
  const read = (part: string) => unpack(name, () => zip.bytes(part, mostBytes(bytes)));
  if (!zip.has(CONFIG)) {
    throw new UserError(`${name} is a zip file but not a Keras model (no ${CONFIG} in it); ${REMEDY}`);
  }
  if (!zip.has(WEIGHTS)) throw new UserError(`${name} has no ${WEIGHTS}; ${REMEDY}`);
  const keras = majorVersion(name, zip.has(METADATA) ? versionOf(await read(METADATA)) : LATEST);
  const config = parseConfig(name, new TextDecoder().decode(await read(CONFIG)));
  const slots: Slot[] = [];
  const notes: string[] = [];
  const model = parseModel(config, kinds, keras, slots, notes);
  fillFromPaths(slots, await readHdf5(`${name}, ${WEIGHTS}`, await read(WEIGHTS)), keras);
  return flattenModel(model, kinds, notes);
}

async function unpack<T extends Zip | Uint8Array>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new UserError(`${name} is a damaged or truncated .keras file (${messageOf(cause)}); ${REMEDY}`, {
      cause,
    });
  }
}

/** Damaged metadata say no more than absent ones: the format is that of Keras 3 either way. */
const LATEST = "3";

function versionOf(metadata: Uint8Array): string {
  try {
    const value = parseJson(new TextDecoder().decode(metadata));
    if (isJson(value) && typeof value["keras_version"] === "string") return value["keras_version"];
  } catch {
    // no version
  }
  return LATEST;
}
