import type { Graph, LayerData, Node, Ref } from "../program/graph.js";
import { UserError } from "../shared/errors.js";
import { type Call, refuse, TensorRef } from "./layer-context.js";
import type { LayerKinds } from "./layers/layer-kinds.js";
import type { Content, LayerSpec, ModelSpec } from "./model-spec.js";
import { modelInputsOf } from "./parse-call.js";

/** Nested models are written out at every call; a file that would need more nodes is no real model. */
const MAX_NODES = 20_000;

/** Writes out a model, nested models included, as a graph in topological order. The weights are filled in. */
export function flattenModel(model: ModelSpec, kinds: LayerKinds, notes: readonly string[]): Graph {
  const input = model.layers.find((layer) => layer.name === model.inputs[0]?.ref.layer);
  if (input?.content.kind !== "input" || model.inputs.length !== 1) {
    const names = model.inputs.map(({ ref }) => `'${ref.layer}'`).join(", ");
    throw new UserError(
      `${model.where} has ${model.inputs.length} inputs (${names}), and jac differentiates by one series; rebuild the model with one Input of [steps, features] and split it inside`,
    );
  }
  const flattening = new Flattening(kinds);
  const start: Ref = { node: 0, result: 0 };
  flattening.add(input.name, { kind: "Input" }, 0, []);
  const outputs = flattening.expand(model, [start], "", 0);
  return {
    name: model.name,
    inputShape: checkInput(input),
    nodes: flattening.nodes,
    outputs: uniqueNames(model.outputs.map(({ name }) => name)).map((name, i) => ({
      name,
      ref: outputs[i]!,
    })),
    layers: flattening.layers,
    notes: [...new Set(notes)],
  };
}

function checkInput(input: LayerSpec): readonly (number | null)[] {
  const shape = input.content.kind === "input" ? input.content.shape : null;
  if (!shape) {
    throw new UserError(
      `${input.where}: the file does not say the shape of the model's input; build the model (call it once on data) before saving it`,
    );
  }
  if (shape.length < 1 || shape.length > 2 || shape.at(-1) == null) {
    const axes = shape.map((n) => n ?? "any").join(", ");
    refuse(
      input.where,
      `an input of shape [${axes}]`,
      "jac reads models of [steps, features] or [features], with the features fixed",
    );
  }
  return shape;
}

type LayerContent = Extract<Content, { kind: "layer" }>;

class Flattening {
  readonly nodes: Node[] = [];
  readonly layers = new Map<string, Ref>();
  private expanded = 0;
  private readonly built = new Map<LayerContent, Map<string, LayerData>>();

  constructor(private readonly kinds: LayerKinds) {}

  /** Writes out one call of a model on `inputs`, and returns its outputs. */
  expand(model: ModelSpec, inputs: readonly Ref[], prefix: string, perStep: number): readonly Ref[] {
    if (++this.expanded > MAX_NODES)
      refuse(model.where, `a model of more than ${MAX_NODES} nested calls`, "save the part of it you need");
    const specs = new Map(model.layers.map((spec) => [spec.name, spec]));
    const results = new Map(model.layers.map(({ name }) => [name, [] as (readonly Ref[] | "pending")[]]));
    model.inputs.forEach(({ ref }, i) => {
      results.set(ref.layer, [[inputs[i]!]]);
    });
    const specOf = ({ layer }: TensorRef): LayerSpec => {
      const spec = specs.get(layer);
      if (spec) return spec;
      throw new UserError(
        `${model.where} refers to a layer '${layer}' that it does not have; the file is damaged`,
      );
    };
    const resultOf = (ref: TensorRef) => results.get(specOf(ref).name)![ref.call];

    /** Writes out a call and first what it is called on. By a list and not by recursion: a chain may be long. */
    const settle = (first: TensorRef): void => {
      const waiting = [first];
      for (let ref = waiting.at(-1); ref; ref = waiting.at(-1)) {
        if (Array.isArray(resultOf(ref))) {
          waiting.pop();
          continue;
        }
        const spec = specOf(ref);
        const call = spec.calls[ref.call];
        if (!call)
          throw new UserError(
            `${spec.where} has no call ${ref.call}, which the model's configuration refers to; the file is damaged`,
          );
        const tensors = tensorsOf(spec, call);
        const open = tensors.filter((tensor) => !Array.isArray(resultOf(tensor)));
        const calls = results.get(spec.name)!;
        calls[ref.call] =
          open.length === 0 ? this.apply(spec, call, tensors.map(pick), prefix, perStep) : "pending";
        const circle = open.find((tensor) => resultOf(tensor) === "pending");
        if (circle)
          throw new UserError(`${specOf(circle).where} depends on its own result; the file is damaged`);
        for (const tensor of open.reverse()) waiting.push(tensor); // the first is settled first
      }
    };
    const pick = (ref: TensorRef): Ref => {
      const found = (resultOf(ref) as readonly Ref[])[ref.result];
      return (
        found ??
        refuse(
          specOf(ref).where,
          `the use of its result ${ref.result}`,
          "only its first result is differentiated",
        )
      );
    };

    for (const spec of model.layers) {
      spec.calls.forEach((_, index) => {
        settle(new TensorRef(spec.name, index, 0));
      });
      const last = results.get(spec.name)?.at(-1);
      if (last && last !== "pending") this.layers.set(prefix + spec.name, last[0]!);
    }
    return model.outputs.map(({ ref }) => {
      settle(ref);
      return pick(ref);
    });
  }

  private apply(
    spec: LayerSpec,
    call: Call,
    inputs: readonly Ref[],
    prefix: string,
    perStep: number,
  ): readonly Ref[] {
    const { content } = spec;
    if (content.kind === "input") throw new Error(`${spec.where} is an input, which is not called`);
    if (content.kind === "model") {
      const wanted = content.model.inputs.length;
      if (inputs.length !== wanted)
        throw new UserError(
          `${spec.where} takes ${wanted} inputs and is called on ${inputs.length}; the file is damaged`,
        );
      return this.expand(content.model, inputs, `${prefix}${spec.name}/`, perStep + content.perStep);
    }
    if (inputs.length === 0) throw new UserError(`${spec.where} is called on no tensor; the file is damaged`);
    const layer = this.layerOf(content, call);
    const node = this.add(prefix + spec.name, layer, perStep + content.perStep, inputs);
    if (node >= MAX_NODES)
      refuse(spec.where, `a model of more than ${MAX_NODES} layer calls`, "save the part of it you need");
    return Array.from({ length: this.nodes[node]!.kind.results(layer) }, (_, result) => ({ node, result }));
  }

  /** The number of the node added. */
  add(name: string, layer: LayerData, perStep: number, inputs: readonly Ref[]): number {
    return this.nodes.push({ name, layer, kind: this.kinds.kindOf(layer), perStep, inputs }) - 1;
  }

  /** Calls with the same constants share one layer object. */
  private layerOf(content: LayerContent, call: Call): LayerData {
    const key = JSON.stringify(call, (_, value) => (value instanceof TensorRef ? "tensor" : value));
    const known = this.built.get(content) ?? new Map<string, LayerData>();
    this.built.set(content, known);
    const layer = known.get(key) ?? content.build(call);
    known.set(key, layer);
    return layer;
  }
}

/** The tensors that a call is on, in the order in which the layer or model takes them. */
function tensorsOf({ where, content }: LayerSpec, call: Call): readonly TensorRef[] {
  switch (content.kind) {
    case "input":
      throw new UserError(`${where} is an input and cannot be called; the file is damaged`);
    case "model":
      return modelInputsOf(
        where,
        call,
        content.model.inputs.map(({ name }) => name),
      );
    case "layer":
      return content.inputs(call);
  }
}

/** Outputs of one layer get numbers, as in Keras: dense, dense_1. */
function uniqueNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  });
}
