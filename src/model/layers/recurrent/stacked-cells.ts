import { Config, isJson } from "../../config.js";
import { FolderNames } from "../../folder-names.js";
import { type Call, type LayerContext, refuse, TensorRef } from "../../layer-context.js";
import { parseEntry } from "../../layer-entry.js";
import type { LayerSpec, ModelSpec } from "../../model-spec.js";
import { inputsOf } from "../../parse-call.js";
import { ownerOf } from "../../weight-slots.js";
import { parseCell, parseLoop } from "./recurrent.js";

/** An RNN over stacked cells is the chain of an RNN over each: only the last may return less than all steps. */
export function parseStackedCells(layer: LayerContext): ModelSpec {
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
      content: { kind: "layer", build, inputs: (call) => inputsOf(config.where, call), perStep: 0 },
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
