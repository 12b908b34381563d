import { Config, type Json } from "./config.js";
import type { LayerContext } from "./layer-context.js";
import { isModel, parseEntry, withoutBatch } from "./layer-entry.js";
import type { LayerKinds } from "./layers/layer-kinds.js";
import { parseStackedCells } from "./layers/recurrent/stacked-cells.js";
import type { Content, ModelSpec } from "./model-spec.js";
import { inputsOf } from "./parse-call.js";
import { parseLayer } from "./parse-layer.js";
import { ownerOf } from "./weight-slots.js";

/** Reads a model that stands where a layer does. */
export type ParseNested = (raw: Json, layer: LayerContext) => ModelSpec;

/** What one layer of a model is: an input, a model of its own, or a layer proper. */
export function parseContent(
  layer: LayerContext,
  raw: Json,
  kinds: LayerKinds,
  parseNested: ParseNested,
): Content {
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
  if (className === "TimeDistributed") return parseTimeDistributed(layer, kinds, parseNested);
  if (className === "RNN" && config.object("cell")["class_name"] === "StackedRNNCells") {
    return { kind: "model", model: parseStackedCells(layer), perStep: 0 };
  }
  const build = parseLayer(layer, kinds);
  return { kind: "layer", build, inputs: (call) => inputsOf(config.where, call), perStep: 0 };
}

function parseTimeDistributed(layer: LayerContext, kinds: LayerKinds, parseNested: ParseNested): Content {
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
  const content = parseContent(inner, raw, kinds, parseNested);
  return content.kind === "input"
    ? config.fail("layer", "a layer")
    : { ...content, perStep: content.perStep + 1 };
}
