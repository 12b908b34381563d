import { UserError } from "../shared/errors.js";
import { isJson, type Json, show } from "./config.js";
import { refuse } from "./layer-context.js";

/** One layer in a model's configuration, or wrapped by another. */
export interface LayerEntry {
  readonly className: string;
  readonly name: string;
  readonly config: Json;
  /** The whole object: its module, its calls (`inbound_nodes`), how it was built. */
  readonly raw: Json;
}

/** Old Sequential models have the bare list of their layers for a configuration. */
export function modelConfig(model: Json): Json {
  const config = model["config"];
  if (Array.isArray(config)) return { name: "sequential", layers: config };
  return isJson(config) ? config : {};
}

/** Whether an object of the configuration is a model of its own, with layers in it. */
export function isModel(entry: Json): boolean {
  return Array.isArray(modelConfig(entry)["layers"]);
}

/** The class, name and configuration of a layer; refuses a damaged one, and custom classes. */
export function parseEntry(entry: unknown, where: string): LayerEntry {
  if (!isJson(entry) || typeof entry["class_name"] !== "string") {
    throw new UserError(`${where}: cannot read the layer ${show(entry)}; the file is damaged`);
  }
  const config = modelConfig(entry);
  const name = entry["name"] ?? config["name"]; // the configuration of an old nested Sequential has no name
  if (typeof name !== "string")
    throw new UserError(`${where}: a ${entry["class_name"]} layer without a name; the file is damaged`);
  refuseCustom(entry, name);
  return { className: entry["class_name"], name, config, raw: entry };
}

/** Custom classes are registered under a package of the user's; their code is not in the file. */
function refuseCustom(entry: Json, name: string): void {
  const { class_name: className, registered_name: registered, module } = entry;
  const foreign = typeof module === "string" && !/^(keras|tf_keras|tensorflow)(\.|$)/.test(module);
  if (
    String(className).includes(">") ||
    (typeof registered === "string" && registered.includes(">")) ||
    foreign
  ) {
    refuse(
      `layer '${name}'`,
      `the custom class ${typeof registered === "string" ? registered : className}`,
      "its Python code is not in the file; replace it by built-in Keras layers",
    );
  }
}

/** The shape a layer or model was built on, with the batch axis; null where the file does not say. */
export function builtOn(raw: Json): unknown {
  return isJson(raw["build_config"]) ? raw["build_config"]["input_shape"] : null;
}

/** A shape without the batch axis, null for a length that is left open; null where the value is no shape. */
export function withoutBatch(shape: unknown): readonly (number | null)[] | null {
  const list = isJson(shape) && shape["class_name"] === "__tuple__" ? shape["items"] : shape;
  if (!Array.isArray(list)) return null;
  return list.slice(1).map((n) => (Number.isSafeInteger(n) && n > 0 ? (n as number) : null));
}
