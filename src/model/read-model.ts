import type { Graph } from "../program/graph.js";
import { UserError } from "../shared/errors.js";
import { readKerasH5 } from "./keras/read-keras-h5.js";
import { readKerasZip } from "./keras/read-keras-zip.js";
import type { LayerFamily } from "./layer-family.js";
import { LayerKinds } from "./layers/layer-kinds.js";

const REMEDY = "save the whole model in Keras: model.save('m.keras')";

/** File kinds by their first bytes. */
const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const ZIP = [0x50, 0x4b, 0x03, 0x04];

/** What a model is read with. */
export interface ReadModelOptions {
  /** Layers to know beside those of jac: a family in a module of its own can be tried without registering it. */
  readonly families?: readonly LayerFamily[];
}

/**
 * Reads a trained model: an `.h5` of Keras 2 or 3, or a `.keras` file. What the bytes hold decides, not the name.
 * Throws a UserError for any other file, a damaged one, and a model with layers that cannot be differentiated.
 */
export async function readModel(
  name: string,
  bytes: Uint8Array,
  { families = [] }: ReadModelOptions = {},
): Promise<Graph> {
  const kinds = new LayerKinds(families);
  if (startsWith(bytes, HDF5)) return await readKerasH5(name, bytes, kinds);
  if (startsWith(bytes, ZIP)) return await readKerasZip(name, bytes, kinds);
  throw new UserError(`${name} ${kindOf(name, bytes)}`);
}

function kindOf(name: string, bytes: Uint8Array): string {
  if (bytes.length === 0) return `is empty; ${REMEDY}`;
  if (/saved_model\.pb$/i.test(name))
    return `is part of a SavedModel folder, which jac does not read; load it in Keras, then ${REMEDY}`;
  if (/\.onnx$/i.test(name)) return `is an ONNX model, which jac does not read; ${REMEDY}`;
  if (startsWith(bytes, [0x80]) && bytes[1]! >= 2 && bytes[1]! <= 5)
    return `is a pickle, which jac does not open; ${REMEDY}`;
  if (/^\s*[{[]/.test(new TextDecoder().decode(bytes.subarray(0, 64)))) {
    return `is JSON: it may hold an architecture, but no weights; ${REMEDY}`;
  }
  if (/\.(h5|hdf5|keras)$/i.test(name))
    return `is not ${/keras$/i.test(name) ? "a zip" : "an HDF5"} file, despite its name; copy it again, or ${REMEDY}`;
  return `is not a Keras model; ${REMEDY}`;
}

function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}
