import type { Graph } from "../../program/graph.js";
import { messageOf, UserError } from "../../shared/errors.js";
import { isJson, nestingOf, parseJson } from "../config.js";
import { flattenModel } from "../flatten-model.js";
import type { LayerKinds } from "../layers/layer-kinds.js";
import { parseModel } from "../parse-model.js";
import type { Slot } from "../weight-slots.js";
import { fillFromGroups } from "./fill-slots.js";
import { type Hdf5File, readHdf5 } from "./read-hdf5.js";

/** The group that holds the weights. */
const WEIGHTS = "model_weights";

/** Reads an .h5 of a whole model, as Keras 2 and 3 save it. */
export async function readKerasH5(name: string, bytes: Uint8Array, kinds: LayerKinds): Promise<Graph> {
  const file = await readHdf5(name, bytes);
  const text = file.text("", "model_config");
  if (text === null) throw new UserError(`${name} ${whatElse(file)}`);
  const version = file.text("", "keras_version") ?? file.text(WEIGHTS, "keras_version");
  const keras = majorVersion(name, version ?? "1");
  const slots: Slot[] = [];
  const notes: string[] = [];
  const model = parseModel(parseConfig(name, text), kinds, keras, slots, notes);
  fillFromGroups(slots, file, WEIGHTS);
  return flattenModel(model, kinds, notes);
}

/** Deeper nesting of objects and lists than in any real model: what reads them calls itself for each level. */
const MAX_NESTING = 1_000;

/** The model's configuration, from its text. */
export function parseConfig(name: string, text: string): unknown {
  if (nestingOf(text) > MAX_NESTING) {
    throw new UserError(
      `${name}: the model's configuration nests deeper than ${MAX_NESTING} objects, which none that Keras wrote does; save the model again`,
    );
  }
  try {
    const config = parseJson(text);
    if (isJson(config)) return config;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new UserError(
      `${name}: the model's configuration is not JSON (${messageOf(cause)}); save the model again`,
      { cause },
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
