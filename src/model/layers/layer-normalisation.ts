import type { Builder } from "../../program/builder.js";
import { axesOf, axisOf, misfit, reshape, shown, type Tensor } from "../../program/tensor.js";
import type { Weight } from "../../program/weight.js";
import type { LayerBuilder, LayerContext } from "../layer-context.js";
import { type LayerFamily, plainKind } from "../layer-family.js";
import { affineOver, gammaAndBeta, normaliseGroups, overAxes, sizeAt, sizesAt } from "./over-axes.js";

/** y = gamma ∘ (x − mean) / √(variance + ε) + beta, with the moments over `axes`. */
export interface LayerNormalizationLayer {
  readonly kind: "LayerNormalization"; // rms: no centring, no beta (RMSNormalization, rms_scaling)
  readonly axes: readonly number[]; // as in the file: may be negative, counts the batch axis as 0
  readonly epsilon: number;
  readonly gamma: Weight | null;
  readonly beta: Weight | null;
  readonly rms: boolean;
}

/** As LayerNormalization, each group of channels with every other axis by itself. */
export interface GroupNormalizationLayer {
  readonly kind: "GroupNormalization";
  readonly groups: number; // −1: as many as channels
  readonly axis: number;
  readonly epsilon: number;
  readonly gamma: Weight | null;
  readonly beta: Weight | null;
}

/** y = x / |x| along the axes. */
export interface UnitNormalizationLayer {
  readonly kind: "UnitNormalization";
  readonly axes: readonly number[];
}

/** Normalisations by the moments of the values themselves. */
export const layerNormalisation: LayerFamily<
  LayerNormalizationLayer | GroupNormalizationLayer | UnitNormalizationLayer
> = {
  classes: {
    LayerNormalization: parseLayerNormalization,
    RMSNormalization: parseRmsNormalization,
    GroupNormalization: parseGroupNormalization,
    UnitNormalization: ({ config }) => {
      const axes = config.integers("axis", [-1]);
      return () => ({ kind: "UnitNormalization", axes });
    },
  },
  kinds: {
    LayerNormalization: {
      inputs: [1, 1],
      takes: "any",
      weights: (layer, [x]) => gammaAndBeta(layer, sizesAt(x!, layer.axes)),
      results: () => 1,
      place: (layer, [x], b) => [placeLayerNormalization(layer, x!, b)],
    },
    GroupNormalization: {
      inputs: [1, 1],
      takes: "any",
      weights: (layer, [x]) => gammaAndBeta(layer, [sizeAt(x!, layer.axis)]),
      results: () => 1,
      place: (layer, [x], b) => [placeGroupNormalization(layer, x!, b)],
    },
    UnitNormalization: plainKind("any", ({ axes }, x, b) => unitVectors(x, axes, b)),
  },
};

function parseLayerNormalization({ config, weights }: LayerContext): LayerBuilder<LayerNormalizationLayer> {
  config.only("rms_scaling", false, "use RMSNormalization, which divides by the root of the mean square");
  const axes = config.integers("axis", [-1]);
  const shape = axes.map(() => null);
  const epsilon = config.number("epsilon", 1e-3);
  const gamma = config.boolean("scale", true) ? weights.want("gamma", shape) : null;
  const beta = config.boolean("center", true) ? weights.want("beta", shape) : null;
  return () => ({ kind: "LayerNormalization", axes, epsilon, gamma, beta, rms: false });
}

function parseRmsNormalization({ config, weights }: LayerContext): LayerBuilder<LayerNormalizationLayer> {
  const axes = config.integers("axis", [-1]);
  const epsilon = config.number("epsilon", 1e-6);
  const gamma = weights.want(
    "scale",
    axes.map(() => null),
  );
  return () => ({ kind: "LayerNormalization", axes, epsilon, gamma, beta: null, rms: true });
}

function parseGroupNormalization({ config, weights }: LayerContext): LayerBuilder<GroupNormalizationLayer> {
  const groups = config.integer("groups", 32);
  if (groups < 1 && groups !== -1) config.fail("groups", "a count, or -1 for as many as channels");
  const axes = config.integers("axis", [-1]);
  const axis = axes.length === 1 ? axes[0]! : config.fail("axis", "one axis");
  const epsilon = config.number("epsilon", 1e-3);
  const gamma = config.boolean("scale", true) ? weights.want("gamma", [null]) : null;
  const beta = config.boolean("center", true) ? weights.want("beta", [null]) : null;
  return () => ({ kind: "GroupNormalization", groups, axis, epsilon, gamma, beta });
}

function placeLayerNormalization(layer: LayerNormalizationLayer, x: Tensor, b: Builder): Tensor {
  const axes = axesOf(layer.axes, x).sort((a, c) => a - c);
  const form = layer.rms ? "rms" : "layer";
  const normal = overAxes(x, axes, (grouped) => normaliseGroups(grouped, form, layer.epsilon, b));
  return affineOver(normal, layer, axes, b);
}

/** Each group of channels of a window normalised over its channels and every other axis. */
function placeGroupNormalization(layer: GroupNormalizationLayer, x: Tensor, b: Builder): Tensor {
  const axis = axisOf(layer.axis, x);
  const channels = x.shape[axis]!;
  const groups = layer.groups === -1 ? channels : layer.groups;
  if (channels % groups !== 0) misfit(`has ${groups} groups for the channels of ${shown(x.shape)}`);
  const split = [...x.shape.slice(0, axis), groups, channels / groups, ...x.shape.slice(axis + 1)];
  const others = split.map((_, i) => i).filter((i) => i !== axis);
  const normal = overAxes(reshape(x, split), others, (grouped) =>
    normaliseGroups(grouped, "layer", layer.epsilon, b),
  );
  return affineOver(reshape(normal, x.shape), layer, [axis], b);
}

/** The tensor with its vectors along `axes` (as Keras counts them) made unit vectors. */
export function unitVectors(x: Tensor, axes: readonly number[], b: Builder): Tensor {
  return overAxes(x, axesOf(axes, x), (grouped) => normaliseGroups(grouped, "unit", 1e-12, b));
}
