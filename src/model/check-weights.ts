import { UserError } from "../shared/errors.js";
import type { Layer, RecurrentLayer, Weight } from "./graph.js";

type Shape = readonly number[];
/** A weight and the shape it must have. */
type Expected = readonly [name: string, weight: Weight | null, shape: Shape];

/**
 * Checks a layer's weights against the shapes it is called on (without the batch axis). The configuration of a
 * layer does not say the width of its input, so a file can hold weights that fit the one and not the other.
 * @throws UserError that names the weight, its shape and the shape it needs.
 */
export function checkWeights(layer: Layer, inputs: readonly Shape[]): void {
  checkAxes(layer, inputs[0]!);
  for (const [name, weight, shape] of expected(layer, inputs)) {
    if (weight && !(weight.shape.length === shape.length && weight.shape.every((n, i) => n === shape[i]))) {
      throw new UserError(
        `its ${name} has shape [${weight.shape.join(", ")}], its input of (${inputs[0]!.join(", ")}) needs [${shape.join(", ")}]; save the model again`,
      );
    }
  }
}

/** Layers over one axis of steps, which the features alone follow. */
const OF_SEQUENCES: ReadonlySet<Layer["kind"]> = new Set<Layer["kind"]>([
  "LSTM",
  "GRU",
  "SimpleRNN",
  "Bidirectional",
  "Conv1D",
  "MaxPooling1D",
  "AveragePooling1D",
  "GlobalMaxPooling1D",
  "GlobalAveragePooling1D",
  "ZeroPadding1D",
  "Cropping1D",
  "UpSampling1D",
  "Attention",
  "AdditiveAttention",
]);

/** Without the steps, features would pass for them. */
function checkAxes(layer: Layer, x: Shape): void {
  if (layer.kind === "TimeDistributed") checkAxes(layer.layer, x.slice(1));
  else if (OF_SEQUENCES.has(layer.kind) && x.length !== 2) {
    throw new UserError(`takes [steps, features], and its input is (${x.join(", ")}); check the model file`);
  }
}

function expected(layer: Layer, inputs: readonly Shape[]): readonly Expected[] {
  const x = inputs[0]!;
  const width = x.at(-1) ?? 0;
  switch (layer.kind) {
    case "LSTM":
    case "GRU":
    case "SimpleRNN":
      return recurrent(layer, width);
    case "Bidirectional":
      return [...recurrent(layer.forward, width), ...recurrent(layer.backward, width)];
    case "TimeDistributed":
      return expected(
        layer.layer,
        inputs.map((shape) => shape.slice(1)),
      );
    case "Dense": {
      const units = layer.kernel.shape[1]!;
      return [
        ["kernel", layer.kernel, [width, units]],
        ["bias", layer.bias, [units]],
      ];
    }
    case "EinsumDense":
      return einsumDense(layer, x);
    case "Conv1D": {
      const [size = 0, , filters = 0] = layer.kernel.shape;
      return [
        ["kernel", layer.kernel, [size, width / layer.groups, filters]],
        ["bias", layer.bias, [filters]],
      ];
    }
    case "MultiHeadAttention":
      return multiHeadAttention(layer, inputs);
    case "BatchNormalization": {
      const n = layer.axes.length === 1 ? kept(x, layer.axes) : [1, ...broadcastOver(x, layer.axes)];
      return [
        ["gamma", layer.gamma, n],
        ["beta", layer.beta, n],
        ["moving_mean", layer.mean, n],
        ["moving_variance", layer.variance, n],
      ];
    }
    case "LayerNormalization":
      return gammaAndBeta(layer, kept(x, layer.axes));
    case "GroupNormalization":
      return gammaAndBeta(layer, [sizeAt(x, layer.axis)]);
    case "Normalization": {
      const shape = kept(x, layer.axes);
      return [
        ["mean", layer.mean, layer.mean.data.length === 1 ? layer.mean.shape : shape],
        ["variance", layer.variance, layer.variance.data.length === 1 ? layer.variance.shape : shape],
      ];
    }
    case "Rescaling":
      return [
        ["scale", constants(layer.scale), [layer.scale.length === 1 ? 1 : width]],
        ["offset", constants(layer.offset), [layer.offset.length === 1 ? 1 : width]],
      ];
    case "PReLU":
      return [["alpha", layer.alpha, x.map((n, i) => (layer.alpha.shape[i] === 1 ? 1 : n))]];
    case "AdditiveAttention":
      return [["scale", layer.scale, [width]]];
    default:
      return [];
  }
}

const GATES = { LSTM: 4, GRU: 3, SimpleRNN: 1 } as const;

function recurrent(layer: RecurrentLayer, features: number): readonly Expected[] {
  const width = GATES[layer.kind] * layer.units;
  return [
    ["kernel", layer.kernel, [features, width]],
    ["recurrent_kernel", layer.recurrentKernel, [layer.units, width]],
    ["bias", layer.bias, layer.kind === "GRU" && layer.resetAfter ? [2, width] : [width]],
  ];
}

type KindOf<K extends Layer["kind"]> = Extract<Layer, { kind: K }>;

function multiHeadAttention(
  layer: KindOf<"MultiHeadAttention">,
  [query, value, key = value]: readonly Shape[],
): readonly Expected[] {
  const { heads, keyDim, valueDim } = layer;
  const part = (name: string, projection: { kernel: Weight; bias: Weight | null }, dim: number, x?: Shape) =>
    [
      [`${name} kernel`, projection.kernel, [x?.at(-1) ?? 0, heads, dim]],
      [`${name} bias`, projection.bias, [heads, dim]],
    ] as const;
  const outputs = layer.output.kernel.shape.slice(2);
  return [
    ...part("query", layer.query, keyDim, query),
    ...part("key", layer.key, keyDim, key),
    ...part("value", layer.value, valueDim, value),
    ["output kernel", layer.output.kernel, [heads, valueDim, ...outputs]],
    ["output bias", layer.output.bias, outputs],
  ];
}

/** Every letter of the equation has one length: that of the input where it has the letter, else the kernel's. */
function einsumDense(
  { equation, kernel, bias, biasAxes }: KindOf<"EinsumDense">,
  x: Shape,
): readonly Expected[] {
  const [input = "", letters = ""] = equation.split(/,|->/);
  const sizes = new Map(Array.from(letters, (letter, i) => [letter, kernel.shape[i]!]));
  Array.from(input.slice(1)).forEach((letter, i) => {
    sizes.set(letter, x[i]!);
  });
  const shape = (axes: string) => Array.from(axes, (axis) => sizes.get(axis)!);
  return [
    ["kernel", kernel, shape(letters)],
    ["bias", bias, shape(biasAxes)],
  ];
}

function gammaAndBeta(
  layer: { gamma: Weight | null; beta: Weight | null },
  shape: Shape,
): readonly Expected[] {
  return [
    ["gamma", layer.gamma, shape],
    ["beta", layer.beta, shape],
  ];
}

/** The length of an axis that counts the batch's as 0. */
function sizeAt(x: Shape, axis: number): number {
  return (axis < 0 ? x.at(axis) : x[axis - 1]) ?? 0;
}

/** The lengths of some axes in the order given, which is how Keras stores weights that run over them. */
function kept(x: Shape, axes: readonly number[]): Shape {
  return axes.map((axis) => sizeAt(x, axis));
}

/** The input's shape with 1 for every axis but the given ones. */
function broadcastOver(x: Shape, axes: readonly number[]): Shape {
  const positions = axes.map((axis) => (axis < 0 ? x.length + axis : axis - 1));
  return x.map((n, i) => (positions.includes(i) ? n : 1));
}

function constants(values: readonly number[]): Weight {
  return { shape: [values.length], data: Float64Array.from(values) };
}
