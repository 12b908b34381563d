import type { Builder } from "../../../program/builder.js";
import { concatenate, misfit, shown, type Tensor, take } from "../../../program/tensor.js";
import { Config, isJson } from "../../config.js";
import { type LayerBuilder, type LayerContext, refuse } from "../../layer-context.js";
import type { LayerFamily } from "../../layer-family.js";
import { ownerOf } from "../../weight-slots.js";
import { type RecurrentLayer, recurrentKindOf, recurrentParser } from "./recurrent.js";

/** A recurrent layer forward and one backward; called on x, then the initial states of both. */
export interface BidirectionalLayer {
  readonly kind: "Bidirectional";
  readonly forward: RecurrentLayer;
  readonly backward: RecurrentLayer; // goBackwards as stored: the opposite of forward's
  readonly mergeMode: "concat" | "sum" | "mul" | "ave" | null; // null: two results
}

/** Two recurrent layers over the sequence and its reverse, merged step by step. */
export const bidirectional: LayerFamily<BidirectionalLayer> = {
  classes: { Bidirectional: parseBidirectional },
  kinds: {
    Bidirectional: {
      inputs: [1, 5], // x, then the initial states of forward and of backward
      takes: "sequence",
      weights: ({ forward, backward }, inputs) =>
        [forward, backward].flatMap((layer) => recurrentKindOf(layer).weights(layer, inputs)),
      results({ forward, backward, mergeMode }) {
        const both = recurrentKindOf(forward).results(forward) + recurrentKindOf(backward).results(backward);
        return both - (mergeMode === null ? 0 : 1);
      },
      place: placeBidirectional,
    },
  },
};

/** The layer forward and a twin backward, of the same configuration unless one is given. */
function parseBidirectional(context: LayerContext): LayerBuilder<BidirectionalLayer> {
  const { config } = context;
  const forward = parseWrapped(context, config.object("layer"), "forward_layer", false);
  const own = config.has("backward_layer");
  const wrapped = config.object(own ? "backward_layer" : "layer");
  const backward = parseWrapped(context, wrapped, "backward_layer", !own);
  const mode = config.raw("merge_mode");
  const mergeMode =
    mode === null ? null : config.choice("merge_mode", ["concat", "sum", "mul", "ave"], "concat");
  return () => ({ kind: "Bidirectional", forward: forward(), backward: backward(), mergeMode });
}

function parseWrapped(
  context: LayerContext,
  layer: Config["values"],
  part: string,
  turned: boolean,
): () => RecurrentLayer {
  const { config, weights } = context;
  const className = String(layer["class_name"]);
  const parse = recurrentParser(className);
  if (!parse) refuse(config.where, `a ${className} inside Bidirectional`, "wrap an LSTM, GRU or SimpleRNN");
  const values = isJson(layer["config"]) ? layer["config"] : {};
  const build = parse({
    ...context,
    className,
    config: new Config(values, `${config.where}, ${part}`),
    weights: weights.inside(part, { trainable: values["trainable"] !== false, owner: ownerOf(layer) }),
  });
  return () => {
    const built = build();
    return turned ? { ...built, goBackwards: !built.goBackwards } : built;
  };
}

function placeBidirectional(
  { forward, backward, mergeMode }: BidirectionalLayer,
  [x, ...initial]: readonly Tensor[],
  b: Builder,
): Tensor[] {
  const half = initial.length / 2;
  if (!Number.isInteger(half)) misfit(`starts from the states of two layers, and is given ${initial.length}`);
  const place = (layer: RecurrentLayer, states: readonly Tensor[]) =>
    recurrentKindOf(layer).place(layer, [x!, ...states], b);
  const [ahead, ...aheadStates] = place(forward, initial.slice(0, half));
  const [reversed, ...backStates] = place(backward, initial.slice(half));
  const back = backward.returnSequences ? reverse(reversed!) : reversed!;
  return [...merge(mergeMode, ahead!, back, b), ...aheadStates, ...backStates];
}

function merge(mode: BidirectionalLayer["mergeMode"], ahead: Tensor, back: Tensor, b: Builder): Tensor[] {
  const weighted = (factor: number) => [b.combine([ahead, back].map((tensor) => ({ tensor, factor })))];
  switch (mode) {
    case "concat":
      if (ahead.shape.slice(0, -1).join() !== back.shape.slice(0, -1).join())
        misfit(`joins ${shown(ahead.shape)} forward and ${shown(back.shape)} backward`);
      return [concatenate([ahead, back], ahead.shape.length - 1)];
    case "sum":
      return weighted(1);
    case "ave":
      return weighted(0.5);
    case "mul":
      return [b.multiply(ahead, back)];
    case null:
      return [ahead, back];
  }
}

const reverse = (x: Tensor): Tensor =>
  take(
    x,
    0,
    Array.from({ length: x.shape[0]! }, (_, t) => x.shape[0]! - 1 - t),
  );
