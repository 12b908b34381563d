import { UserError } from "../shared/errors.js";
import { isJson, show } from "./config.js";
import { type Argument, type Call, refuse, TensorRef, tensorsIn } from "./layer-context.js";

/** Makes the argument of a tensor that a configuration refers to. */
export type Refer = (layer: string, call: number, result: number, rank: number | null) => Argument;

/**
 * One call of a functional model's layer, in either format.
 * Keras 2: `[["x", 0, 0, {…}], ["y", 0, 0, {…}]]`, or `["x", 0, 0, {…}]` alone for operations; constants of the
 * call, and tensors as `["x", 0, 0]`, in the object. Keras 3: `{args, kwargs}` with `__keras_tensor__` objects.
 */
export function parseCall(
  where: string,
  data: unknown,
  isLayer: (name: string) => boolean,
  refer: Refer,
): Call {
  if (isJson(data) && Array.isArray(data["args"])) {
    const kwargs = isJson(data["kwargs"]) ? data["kwargs"] : {};
    return {
      args: data["args"].map((value) => fromKeras3(value, refer)),
      kwargs: Object.fromEntries(
        Object.entries(kwargs).map(([key, value]) => [key, fromKeras3(value, refer)]),
      ),
    };
  }
  if (isJson(data)) {
    // Keras 2, a model called on an object of tensors.
    const tensors = Object.entries(data).map(([key, entry]) => {
      const at = Array.isArray(entry) ? entry.slice(0, 3) : entry;
      if (!isCoordinate(at, isLayer))
        throw new UserError(`${where}: is called on ${show(entry)}, which no layer of the model gives`);
      return [key, refer(at[0], at[1], at[2], null)];
    });
    return { args: [Object.fromEntries(tensors)], kwargs: {} };
  }
  if (!Array.isArray(data)) throw new UserError(`${where}: cannot read the call ${show(data)}`);
  const entries: unknown[] = typeof data[0] === "string" ? [data] : data;
  const tensors = entries.map((entry) => {
    if (!Array.isArray(entry) || entry[0] === "_CONSTANT_VALUE") {
      return Array.isArray(entry) ? entry[2] : refuse(where, `the call ${show(entry)}`, "call it on tensors");
    }
    if (!isCoordinate(entry.slice(0, 3), isLayer)) {
      throw new UserError(`${where}: is called on ${show(entry)}, which no layer of the model gives`);
    }
    return refer(entry[0], entry[1], entry[2], null);
  });
  const options = entries.map((entry) => (entry as unknown[])[3]).find(isJson) ?? {};
  return {
    args: tensors.length === 1 ? tensors : [tensors],
    kwargs: Object.fromEntries(
      Object.entries(options).map(([key, value]) => [key, fromKeras2(value, isLayer, refer)]),
    ),
  };
}

function isCoordinate(value: unknown, isLayer: (name: string) => boolean): value is [string, number, number] {
  return (
    Array.isArray(value) &&
    value.length === 3 &&
    typeof value[0] === "string" &&
    isLayer(value[0]) &&
    Number.isInteger(value[1]) &&
    Number.isInteger(value[2])
  );
}

function fromKeras2(value: unknown, isLayer: (name: string) => boolean, refer: Refer): Argument {
  if (isCoordinate(value, isLayer)) return refer(value[0], value[1], value[2], null);
  return Array.isArray(value) ? value.map((item) => fromKeras2(item, isLayer, refer)) : value;
}

function fromKeras3(value: unknown, refer: Refer): Argument {
  if (Array.isArray(value)) return value.map((item) => fromKeras3(item, refer));
  if (!isJson(value)) return value;
  const config = isJson(value["config"]) ? value["config"] : {};
  if (value["class_name"] === "__keras_tensor__" && Array.isArray(config["keras_history"])) {
    const [layer, call, result] = config["keras_history"] as unknown[];
    const rank = Array.isArray(config["shape"]) ? config["shape"].length : null;
    return refer(String(layer), Number(call), Number(result), rank);
  }
  if (value["class_name"] === "__tuple__" && Array.isArray(value["items"])) {
    return value["items"].map((item) => fromKeras3(item, refer));
  }
  if (typeof value["class_name"] === "string") return value; // another object: a slice, an array
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromKeras3(item, refer)]));
}

/** Tensors of `input_layers` and `output_layers`: one, a list or an object of `[layer, call, result]`. */
export function parseCoordinates(
  value: unknown,
  refer: (layer: string, call: number, result: number) => TensorRef,
  name: string | null = null,
): { readonly name: string | null; readonly ref: TensorRef }[] {
  if (isCoordinate(value, () => true)) return [{ name, ref: refer(value[0], value[1], value[2]) }];
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => parseCoordinates(item, refer, name === null ? null : `${name}_${i}`));
  }
  if (isJson(value))
    return Object.entries(value).flatMap(([key, item]) => parseCoordinates(item, refer, key));
  return [];
}

/** Arguments that carry tensors, in the order in which the graph's layers take them. */
const TENSOR_ARGUMENTS = ["inputs", "sequence", "sequences", "query", "value", "key", "initial_state"];
const HARMLESS = new Set(["use_causal_mask", "return_attention_scores", "name"]);

/** The tensors of a nested model's call, in the order of its inputs, which may have names. */
export function modelInputsOf(
  where: string,
  call: Call,
  names: readonly (string | null)[],
): readonly TensorRef[] {
  const [inputs, ...rest] = call.args;
  if (!isJson(inputs) || inputs instanceof TensorRef || rest.length > 0) return inputsOf(where, call);
  const ordered = names.map((name) => (name !== null && Object.hasOwn(inputs, name) ? inputs[name] : null));
  return inputsOf(where, { ...call, args: ordered });
}

/** The tensors of a layer's call. Refuses what would change the result in a way the graph does not say. */
export function inputsOf(where: string, call: Call): readonly TensorRef[] {
  for (const [name, value] of Object.entries(call.kwargs)) {
    if (TENSOR_ARGUMENTS.includes(name) || HARMLESS.has(name)) continue;
    if (isUnset(value)) continue;
    const remedy = name.includes("mask")
      ? "rebuild the model without it"
      : "rebuild the model without this argument";
    refuse(where, `${name} = ${show(tensorsIn(value).length > 0 ? "a tensor" : value)} in its call`, remedy);
  }
  for (const value of [...call.args, ...Object.values(call.kwargs)]) {
    if (isJson(value) && tensorsIn(value).length > 1)
      refuse(where, "an object of tensors in its call", "call it on a list");
  }
  const named = TENSOR_ARGUMENTS.flatMap((name) => tensorsIn(call.kwargs[name]));
  return [...tensorsIn(call.args), ...named];
}

function isUnset(value: Argument): boolean {
  return (
    value === null ||
    value === undefined ||
    value === false ||
    (Array.isArray(value) && value.every(isUnset)) ||
    (isJson(value) && Object.values(value).every(isUnset))
  );
}
