import type { Builder } from "../../program/builder.js";
import { axesOf, type Tensor } from "../../program/tensor.js";
import type { ExpectedWeight, Shape, Weight } from "../../program/weight.js";
import type { Config } from "../config.js";
import type { LayerBuilder, LayerContext } from "../layer-context.js";
import type { LayerFamily } from "../layer-family.js";
import { sizesAt, spread } from "./over-axes.js";

/** y = gamma ∘ (x − mean) / √(variance + ε) + beta, with the moments of the training. */
export interface BatchNormalizationLayer {
  readonly kind: "BatchNormalization";
  readonly axes: readonly number[]; // as in the file: may be negative, counts the batch axis as 0
  readonly epsilon: number;
  readonly gamma: Weight | null;
  readonly beta: Weight | null;
  readonly mean: Weight;
  readonly variance: Weight;
}

/** Normalisation by the moments of the data that the layer was adapted to. */
export interface NormalizationLayer {
  readonly kind: "Normalization"; // (x − mean) / √variance, or the inverse of it; broadcast over the kept axes
  readonly axes: readonly number[];
  readonly mean: Weight; // one value, or one for each entry of the kept axes; the same for variance
  readonly variance: Weight;
  readonly invert: boolean;
}

/** y = scale ∘ x + offset. */
export interface RescalingLayer {
  readonly kind: "Rescaling";
  readonly scale: readonly number[]; // one value, or one per feature; the same for offset
  readonly offset: readonly number[];
}

/** Normalisations by constants: each value by a scale and an offset. */
export const featureNormalisation: LayerFamily<
  BatchNormalizationLayer | NormalizationLayer | RescalingLayer
> = {
  classes: {
    BatchNormalization: parseBatchNormalization,
    BatchNormalizationV1: parseBatchNormalization,
    BatchNormalizationV2: parseBatchNormalization,
    SyncBatchNormalization: parseBatchNormalization,
    Normalization: parseNormalization,
    Rescaling: parseRescaling,
  },
  kinds: {
    BatchNormalization: {
      inputs: [1, 1],
      takes: "any",
      weights: (layer, [x]) => batchWeights(layer, x!),
      results: () => 1,
      place: (layer, [x], b) => [placeBatchNormalization(layer, x!, b)],
    },
    Normalization: {
      inputs: [1, 1],
      takes: "any",
      weights({ axes, mean, variance }, [x]) {
        const shape = sizesAt(x!, axes);
        return [
          ["mean", mean, mean.data.length === 1 ? mean.shape : shape],
          ["variance", variance, variance.data.length === 1 ? variance.shape : shape],
        ];
      },
      results: () => 1,
      place: (layer, [x], b) => [placeNormalization(layer, x!, b)],
    },
    Rescaling: {
      inputs: [1, 1],
      takes: "any",
      weights({ scale, offset }, [x]) {
        const width = x!.at(-1) ?? 0;
        return [
          ["scale", constants(scale), [scale.length === 1 ? 1 : width]],
          ["offset", constants(offset), [offset.length === 1 ? 1 : width]],
        ];
      },
      results: () => 1,
      place: (layer, [x], b) => [placeRescaling(layer, x!, b)],
    },
  },
};

function parseBatchNormalization({ config, weights }: LayerContext): LayerBuilder<BatchNormalizationLayer> {
  config.only("renorm", false, "rebuild the model without renorm");
  const axes = config.integers("axis", [-1]);
  const shape = axes.length === 1 ? [null] : null; // several, in Keras 2: of the input's rank
  const epsilon = config.number("epsilon", 1e-3);
  const gamma = config.boolean("scale", true) ? weights.want("gamma", shape) : null;
  const beta = config.boolean("center", true) ? weights.want("beta", shape) : null;
  const mean = weights.want("moving_mean", shape, { trainable: false });
  const variance = weights.want("moving_variance", shape, { trainable: false });
  return () => ({ kind: "BatchNormalization", axes, epsilon, gamma, beta, mean, variance });
}

function batchWeights(layer: BatchNormalizationLayer, x: Shape): readonly ExpectedWeight[] {
  const positions = layer.axes.map((axis) => (axis < 0 ? x.length + axis : axis - 1));
  const broadcast = [1, ...x.map((n, i) => (positions.includes(i) ? n : 1))];
  const shape = layer.axes.length === 1 ? sizesAt(x, layer.axes) : broadcast;
  return [
    ["gamma", layer.gamma, shape],
    ["beta", layer.beta, shape],
    ["moving_mean", layer.mean, shape],
    ["moving_variance", layer.variance, shape],
  ];
}

/** gamma · (x − mean) / √(variance + ε) + beta with the moving moments, folded into one scale and offset. */
function placeBatchNormalization(layer: BatchNormalizationLayer, x: Tensor, b: Builder): Tensor {
  const axes = axesOf(layer.axes, x);
  const scale = layer.variance.data.map((v, i) => (layer.gamma?.data[i] ?? 1) / Math.sqrt(v + layer.epsilon));
  const offset = scale.map((s, i) => (layer.beta?.data[i] ?? 0) - layer.mean.data[i]! * s);
  return b.scale(x, spread(scale, axes, x.shape), spread(offset, axes, x.shape));
}

function parseNormalization({ config, weights }: LayerContext): LayerBuilder<NormalizationLayer> {
  const axes = config.raw("axis") === null ? [] : config.integers("axis", [-1]);
  const invert = config.boolean("invert", false);
  const given = config.has("mean") && config.has("variance");
  const shape = axes.map(() => null);
  const mean = given ? constant(config, "mean") : weights.want("mean", shape, { trainable: false });
  const variance = given
    ? constant(config, "variance")
    : weights.want("variance", shape, { trainable: false });
  if (!given) weights.want("count", [], { trainable: false }); // of the samples seen: not part of the formula
  return () => ({ kind: "Normalization", axes, mean, variance, invert });
}

/** The mean or variance given to the layer instead of adapted: one number, or one for each kept entry. */
function constant(config: Config, key: string): Weight {
  const data = Float64Array.from(config.numbers(key));
  if (!data.every(Number.isFinite)) config.fail(key, "finite numbers");
  return { shape: data.length === 1 ? [] : [data.length], data };
}

/** (x − mean) / max(√variance, ε) of Keras' Normalization (ε its 1e-7), or its inverse. */
function placeNormalization(
  { axes, mean, variance, invert }: NormalizationLayer,
  x: Tensor,
  b: Builder,
): Tensor {
  const own = axesOf(axes, x);
  const valuesOf = ({ data }: Weight) =>
    data.length === 1 ? new Float64Array(x.units.length).fill(data[0]!) : spread(data, own, x.shape);
  const sd = valuesOf(variance).map((v) => Math.max(Math.sqrt(v), 1e-7));
  const scale = invert ? sd : sd.map((s) => 1 / s);
  const offset = valuesOf(mean).map((m, i) => (invert ? m : -m / sd[i]!));
  return b.scale(x, scale, offset);
}

function parseRescaling({ config }: LayerContext): LayerBuilder<RescalingLayer> {
  // TensorFlow has both as float32, whatever the precision of the layer.
  const scale = config.numbers("scale").map(Math.fround);
  const offset = config.numbers("offset", [0]).map(Math.fround);
  return () => ({ kind: "Rescaling", scale, offset });
}

function placeRescaling(layer: RescalingLayer, x: Tensor, b: Builder): Tensor {
  const valuesOf = (values: readonly number[]) =>
    values.length === 1
      ? new Float64Array(x.units.length).fill(values[0]!)
      : spread(values, [x.shape.length - 1], x.shape);
  return b.scale(x, valuesOf(layer.scale), valuesOf(layer.offset));
}

function constants(values: readonly number[]): Weight {
  return { shape: [values.length], data: Float64Array.from(values) };
}
