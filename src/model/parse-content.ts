import { Config, isJson, type Json } from "./config.js";
import { FolderNames } from "./folder-names.js";
import { type Call, type LayerContext, refuse, TensorRef } from "./layer-context.js";
import { isModel, parseEntry, withoutBatch } from "./layer-entry.js";
import type { Content, LayerSpec, ModelSpec } from "./model-spec.js";
import { inputsOf } from "./parse-call.js";
import { parseLayer } from "./parse-layer.js";
import { parseCell, parseLoop } from "./parse-recurrent.js";
import { ownerOf } from "./weight-slots.js";

/** Reads a model that stands where a layer does. */
export type ParseNested = (raw: Json, layer: LayerContext) => ModelSpec;

/** What one layer of a model is: an input, a model of its own, or a layer proper. */
export function parseContent(layer: LayerContext, raw: Json, parseNested: ParseNested): Content {
  const { className, config } = layer;
  if (className === "InputLayer") {
    config.only("sparse", false, "use a dense Input");
    config.only("ragged", false, "use a dense Input");
    return {
      kind: "input",
      shape: withoutBatch(config.raw("batch_shape") ?? config.raw("batch_input_shape")),
    };
  }
  if (isModel(raw)) return { kind: "model", model: parseNested(raw, layer), perStep: 0 };
  if (className === "TimeDistributed") return parseTimeDistributed(layer, parseNested);
  if (className === "RNN" && config.object("cell")["class_name"] === "StackedRNNCells") {
    return { kind: "model", model: parseStackedCells(layer), perStep: 0 };
  }
  return { kind: "layer", build: parseLayer(layer), inputs: (call) => inputsOf(config.where, call) };
}

function parseTimeDistributed(layer: LayerContext, parseNested: ParseNested): Content {
  const { config } = layer;
  const raw = config.object("layer");
  const entry = parseEntry(raw, config.where);
  const inner: LayerContext = {
    ...layer,
    className: entry.className,
    config: new Config(entry.config, config.where),
    weights: layer.weights.inside("layer", {
      trainable: entry.config["trainable"] !== false,
      owner: ownerOf(raw),
    }),
  };
  const content = parseContent(inner, raw, parseNested);
  switch (content.kind) {
    case "input":
      return config.fail("layer", "a layer");
    case "model":
      return { ...content, perStep: content.perStep + 1 };
    case "layer":
      return { ...content, build: (call) => ({ kind: "TimeDistributed", layer: content.build(call) }) };
  }
}

/** An RNN over stacked cells is the chain of an RNN over each: only the last may return less than all steps. */
function parseStackedCells(layer: LayerContext): ModelSpec {
  const { config } = layer;
  const loop = parseLoop(layer);
  if (loop.returnState)
    refuse(config.where, "return_state of stacked cells", "use one RNN layer for each cell");
  const stack = config.object("cell");
  const cells = new Config(isJson(stack["config"]) ? stack["config"] : {}, config.where).list("cells");
  const folders = new FolderNames();
  const layers = cells.map((raw, i): LayerSpec => {
    const entry = parseEntry(raw, config.where);
    const build = parseCell(
      {
        ...layer,
        className: entry.className,
        config: new Config(entry.config, config.where),
        weights: layer.weights.inside(`cell/cells/${folders.next(entry.className)}`, {
          owner: ownerOf(entry.raw),
        }),
      },
      {
        returnSequences: i < cells.length - 1 || loop.returnSequences,
        returnState: false,
        goBackwards: i === 0 && loop.goBackwards,
      },
    );
    const calls: Call[] = [{ args: [new TensorRef(i === 0 ? "input" : `cell_${i - 1}`, 0, 0)], kwargs: {} }];
    return {
      name: `cell_${i}`,
      where: config.where,
      content: { kind: "layer", build, inputs: (call) => inputsOf(config.where, call) },
      calls,
    };
  });
  if (layers.length === 0) config.fail("cell", "at least one cell");
  return {
    name: config.where,
    where: config.where,
    layers: [
      { name: "input", where: config.where, content: { kind: "input", shape: null }, calls: [] },
      ...layers,
    ],
    inputs: [{ name: null, ref: new TensorRef("input", 0, 0) }],
    outputs: [{ name: "output", ref: new TensorRef(`cell_${layers.length - 1}`, 0, 0) }],
  };
}
