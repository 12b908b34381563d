import { messageOf, UserError } from "../shared/errors.js";
import { isJson, parseJson } from "./config.js";
import { fillFromGroups } from "./fill-slots.js";
import { flattenModel } from "./flatten-model.js";
import type { Graph } from "./graph.js";
import { parseModel } from "./parse-model.js";
import { type Hdf5File, readHdf5 } from "./read-hdf5.js";
import type { Slot } from "./weight-slots.js";

/** The group that holds the weights. */
const WEIGHTS = "model_weights";

/** Reads an .h5 of a whole model, as Keras 2 and 3 save it. */
export async function readKerasH5(name: string, bytes: Uint8Array): Promise<Graph> {
  const file = await readHdf5(name, bytes);
  const text = file.text("", "model_config");
  if (text === null) throw new UserError(`${name} ${whatElse(file)}`);
  const version = file.text("", "keras_version") ?? file.text(WEIGHTS, "keras_version");
  const keras = majorVersion(name, version ?? "1");
  const slots: Slot[] = [];
  const notes: string[] = [];
  const model = parseModel(parseConfig(name, text), keras, slots, notes);
  fillFromGroups(slots, file, WEIGHTS);
  return flattenModel(model, notes);
}

/** The model's configuration, from its text. */
export function parseConfig(name: string, text: string): unknown {
  try {
    const config = parseJson(text);
    if (isJson(config)) return config;
  } catch (error) {
    throw new UserError(
      `${name}: the model's configuration is not JSON (${messageOf(error)}); save the model again`,
    );
  }
  throw new UserError(`${name}: the model's configuration is not an object; save the model again`);
}

/** The Keras that wrote the file: 2 or 3. */
export function majorVersion(name: string, version: string): number {
  const major = Number.parseInt(version, 10);
  if (major >= 2) return major;
  throw new UserError(
    `${name} was written by Keras ${version}; jac reads files of Keras 2 and 3: load it there and save it again`,
  );
}

function whatElse(file: Hdf5File): string {
  const parts = [...new Set(file.paths().map((path) => path.split("/")[0]))];
  const weights =
    file.texts("", "layer_names").length > 0 ||
    parts.some((part) => part && /^(layers|_layer_checkpoint_dependencies|vars)\b/.test(part));
  return weights
    ? "holds weights only, without the model's architecture; save the whole model: model.save('m.keras')"
    : `is an HDF5 file but not a Keras model (it holds ${parts.slice(0, 5).join(", ") || "no arrays"}); save the model by model.save('m.keras')`;
}
