import { UserError } from "../shared/errors.js";
import { firstCalls, inboundNodes } from "./call-numbers.js";
import { Config, isJson, type Json, show } from "./config.js";
import { FolderNames } from "./folder-names.js";
import { type Call, type LayerContext, refuse, TensorRef } from "./layer-context.js";
import { builtOn, type LayerEntry, modelConfig, parseEntry, withoutBatch } from "./layer-entry.js";
import type { LayerKinds } from "./layers/layer-kinds.js";
import { isOperation, parseOperation } from "./layers/tensor-operations.js";
import type { LayerSpec, ModelSpec } from "./model-spec.js";
import { parseCall, parseCoordinates } from "./parse-call.js";
import { parseContent } from "./parse-content.js";
import { ownerOf, type Slot, WeightScope } from "./weight-slots.js";

/** Deeper nesting, or more layers in one model, than any real model has. */
const MAX_DEPTH = 16;
const MAX_LAYERS = 5_000;

interface ModelContext {
  readonly kinds: LayerKinds;
  readonly keras: number;
  readonly slots: Slot[];
  readonly notes: string[];
  /** The weights of the layer that this model is; null for the outermost. */
  readonly weights: WeightScope | null;
  readonly prefix: string; // of names: `encoder/`
  readonly depth: number;
  /** The input's shape with the batch axis, where an outer object says it. */
  readonly buildShape: unknown;
}

/**
 * Reads a model's configuration: checks every layer, states the weights that it needs into `slots`, and
 * gives its layers and calls. The layers can be built once the slots are filled.
 */
export function parseModel(
  model: unknown,
  kinds: LayerKinds,
  keras: number,
  slots: Slot[],
  notes: string[],
): ModelSpec {
  if (!isJson(model) || typeof model["class_name"] !== "string") {
    throw new UserError(
      `the model's configuration is ${show(model)}; save the whole model again: model.save('m.keras')`,
    );
  }
  const config = modelConfig(model);
  const outermost = { weights: null, prefix: "", depth: 0, buildShape: builtOn(model) };
  return parseAnyModel(model["class_name"], config, { kinds, keras, slots, notes, ...outermost });
}

function parseAnyModel(className: string, values: Json, context: ModelContext): ModelSpec {
  const name = typeof values["name"] === "string" ? values["name"] : "model";
  const where = `model '${context.prefix === "" ? name : context.prefix.slice(0, -1)}'`;
  const config = new Config(values, where);
  if (!config.has("layers")) {
    refuse(
      where,
      `a subclassed model (${className})`,
      "its Python code is not in the file; build it as a functional or Sequential model",
    );
  }
  const entries = config.list("layers").map((entry) => parseEntry(entry, where));
  if (context.depth > MAX_DEPTH || entries.length > MAX_LAYERS) {
    refuse(
      where,
      `a model of ${entries.length} layers at depth ${context.depth}`,
      `jac reads ${MAX_LAYERS} layers, nested ${MAX_DEPTH} deep`,
    );
  }
  if (new Set(entries.map((entry) => entry.name)).size < entries.length) {
    throw new UserError(`${where} has two layers of one name; the file is damaged`);
  }
  const functional = config.has("input_layers") && config.has("output_layers");
  if (!functional && className !== "Sequential") {
    refuse(where, `a subclassed model (${className})`, "build it as a functional or Sequential model");
  }
  if (!["Sequential", "Functional", "Model"].includes(className)) {
    context.notes.push(
      `${where} is of the class ${className}: read as the functional model in its configuration`,
    );
  }
  return functional
    ? parseFunctional(name, config, entries, context)
    : parseSequential(name, config, entries, context);
}

function parseSequential(
  name: string,
  config: Config,
  entries: readonly LayerEntry[],
  context: ModelContext,
): ModelSpec {
  const [first] = entries;
  if (!first) throw new UserError(`${config.where} has no layers`);
  const own = first.className === "InputLayer" ? [] : [inputOf(first, config, context)];
  const parsed = parseEntries(entries, context, (entry, i): Call[] => {
    if (entry.className === "InputLayer") return [];
    return [{ args: [new TensorRef(entries[i - 1]?.name ?? own[0]!.name, 0, 0)], kwargs: {} }];
  });
  const layers = [...own, ...parsed];
  const last = layers.at(-1)!.name;
  return {
    name,
    where: config.where,
    layers,
    inputs: [{ name: null, ref: new TensorRef(layers[0]!.name, 0, 0) }],
    outputs: [{ name: last, ref: new TensorRef(last, 0, 0) }],
  };
}

/** A Sequential model may leave out its InputLayer and put the shape elsewhere. */
function inputOf(first: LayerEntry, config: Config, context: ModelContext): LayerSpec {
  const shape =
    first.config["batch_input_shape"] ??
    first.config["batch_shape"] ??
    config.raw("build_input_shape") ??
    context.buildShape;
  const name = `${first.name}_input`;
  return {
    name,
    where: `layer '${context.prefix}${name}'`,
    content: { kind: "input", shape: withoutBatch(shape) },
    calls: [],
  };
}

function parseFunctional(
  name: string,
  config: Config,
  entries: readonly LayerEntry[],
  context: ModelContext,
): ModelSpec {
  const names = new Set(entries.map((entry) => entry.name));
  const first = firstCalls(config, entries, context.keras);
  const refer =
    (numbers: ReadonlyMap<string, number>) =>
    (layer: string, call: number, result: number, rank: number | null = null) =>
      new TensorRef(layer, call - (numbers.get(layer) ?? 0), result, rank);
  const layers = parseEntries(entries, context, (entry) =>
    inboundNodes(entry).map((node) =>
      parseCall(
        `layer '${context.prefix}${entry.name}'`,
        node,
        (each) => names.has(each),
        refer(first.inbound),
      ),
    ),
  );
  const inputs = parseCoordinates(config.raw("input_layers"), refer(first.outputs));
  const outputs = parseCoordinates(config.raw("output_layers"), refer(first.outputs));
  if (inputs.length === 0 || outputs.length === 0) {
    const missing = inputs.length === 0 ? "input" : "output";
    throw new UserError(`${config.where} has no ${missing}; the file is damaged`);
  }
  return {
    name,
    where: config.where,
    layers,
    inputs,
    outputs: outputs.map(({ name: key, ref }) => ({ name: key ?? ref.layer, ref })),
  };
}

function parseEntries(
  entries: readonly LayerEntry[],
  context: ModelContext,
  callsOf: (entry: LayerEntry, index: number) => Call[],
): LayerSpec[] {
  const folders = new FolderNames();
  return entries.map((entry, index) => {
    const name = context.prefix + entry.name;
    const where = `layer '${name}'`;
    const operation = isOperation(entry.className, entry.config, entry.raw["module"], context.keras);
    const layer: LayerContext = {
      className: entry.className,
      config: new Config(entry.config, where),
      keras: context.keras,
      weights: weightsOf(entry, name, operation ? "" : folders.next(entry.className), context),
      note: (text) => context.notes.push(text),
    };
    const content = operation
      ? parseOperation(layer)
      : parseContent(layer, entry.raw, context.kinds, (raw, outer) => parseNested(raw, outer, context));
    return { name: entry.name, where, content, calls: callsOf(entry, index) };
  });
}

function weightsOf(entry: LayerEntry, name: string, folder: string, context: ModelContext): WeightScope {
  const part = `layers/${folder}`;
  const trainable = entry.config["trainable"] !== false;
  const owner = ownerOf(entry.raw);
  if (context.weights) return context.weights.inside(part, { layer: name, trainable, owner });
  const place = { layer: name, path: part, owner: { ...owner, path: part }, group: entry.name, trainable };
  return new WeightScope(context.slots, place);
}

/** A nested model, whose weights lie below those of the layer that it is. */
function parseNested(raw: Json, { config, weights }: LayerContext, context: ModelContext): ModelSpec {
  const name = config.where.slice("layer '".length, -1);
  return parseAnyModel(String(raw["class_name"]), modelConfig(raw), {
    ...context,
    weights,
    prefix: `${name}/`,
    depth: context.depth + 1,
    buildShape: builtOn(raw),
  });
}
