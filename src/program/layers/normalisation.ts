import type { Weight } from "../../model/graph.js";
import type { Builder } from "../builder.js";
import type { NormaliseForm, SoftmaxForm } from "../program.js";
import { axisOf, broadcast, reshape, sizeOf, type Tensor, tensorOf, transpose } from "../tensor.js";

/** Constants that run over some axes of a tensor, repeated over the others. */
function spread(values: ArrayLike<number>, axes: readonly number[], shape: readonly number[]): Float64Array {
  const kept = shape.map((n, axis) => (axes.includes(axis) ? n : 1));
  const positions = broadcast(
    { shape: kept, units: Int32Array.from({ length: values.length }, (_, i) => i) },
    shape,
  );
  return Float64Array.from(positions.units, (i) => values[i]!);
}

/** gamma · (x − mean) / √(variance + ε) + beta with the moving moments, folded into one scale and offset. */
export function batchNormalisation(
  layer: {
    axes: readonly number[];
    epsilon: number;
    gamma: Weight | null;
    beta: Weight | null;
    mean: Weight;
    variance: Weight;
  },
  x: Tensor,
  b: Builder,
): Tensor {
  const axes = layer.axes.map((axis) => axisOf(axis, x.shape.length));
  const scale = layer.variance.data.map((v, i) => (layer.gamma?.data[i] ?? 1) / Math.sqrt(v + layer.epsilon));
  const offset = scale.map((s, i) => (layer.beta?.data[i] ?? 0) - layer.mean.data[i]! * s);
  return b.scale(x, spread(scale, axes, x.shape), spread(offset, axes, x.shape));
}

/** (x − mean) / max(√variance, ε) of Keras' Normalization (ε its 1e-7), or its inverse. */
export function featureNormalisation(
  layer: { axes: readonly number[]; mean: Weight; variance: Weight; invert: boolean },
  x: Tensor,
  b: Builder,
): Tensor {
  const axes = layer.axes.map((axis) => axisOf(axis, x.shape.length));
  const sd = layer.variance.data.map((v) => Math.max(Math.sqrt(v), 1e-7));
  const scale = layer.invert ? sd : sd.map((s) => 1 / s);
  const offset = layer.mean.data.map((m, i) => (layer.invert ? m : -m / sd[i]!));
  const constants = (values: Float64Array) =>
    values.length === 1 ? new Float64Array(x.units.length).fill(values[0]!) : spread(values, axes, x.shape);
  return b.scale(x, constants(scale), constants(offset));
}

export function rescaling(
  layer: { scale: readonly number[]; offset: readonly number[] },
  x: Tensor,
  b: Builder,
): Tensor {
  const constants = (values: readonly number[]) => {
    if (values.length === 1) return new Float64Array(x.units.length).fill(values[0]!);
    return spread(values, [x.shape.length - 1], x.shape);
  };
  return b.scale(x, constants(layer.scale), constants(layer.offset));
}

/** Does `within` on groups of values: the tensor with the given axes last and flat, and back. */
function overAxes(x: Tensor, axes: readonly number[], within: (grouped: Tensor) => Tensor): Tensor {
  const rank = x.shape.length;
  const order = [
    ...Array.from({ length: rank }, (_, i) => i).filter((axis) => !axes.includes(axis)),
    ...axes,
  ];
  const arranged = transpose(x, order);
  const n = sizeOf(axes.map((axis) => x.shape[axis]!));
  const done = within(reshape(arranged, [x.units.length / n, n]));
  return transpose(
    reshape(done, arranged.shape),
    order.map((_, axis) => order.indexOf(axis)),
  );
}

function normaliseGroups(x: Tensor, form: NormaliseForm, epsilon: number, b: Builder): Tensor {
  const [groups, n] = x.shape as [number, number];
  const from = b.range(x);
  const y = b.buffer(from.n);
  for (let g = 0; g < groups; g++) {
    const at = g * n;
    b.emit({
      kind: "normalise",
      y: { at: y.at + at, n },
      inverse: b.buffer(1),
      x: { at: from.at + at, n },
      form,
      epsilon,
    });
  }
  return tensorOf(y, x.shape);
}

/** gamma ∘ x + beta with the weights running over `axes`; nothing where there are none. */
function affineOver(
  x: Tensor,
  gamma: Weight | null,
  beta: Weight | null,
  axes: readonly number[],
  b: Builder,
): Tensor {
  if (!gamma && !beta) return x;
  const scale = gamma ? spread(gamma.data, axes, x.shape) : new Float64Array(x.units.length).fill(1);
  return b.scale(x, scale, beta ? spread(beta.data, axes, x.shape) : null);
}

export function layerNormalisation(
  layer: {
    axes: readonly number[];
    epsilon: number;
    gamma: Weight | null;
    beta: Weight | null;
    rms: boolean;
  },
  x: Tensor,
  b: Builder,
): Tensor {
  const axes = layer.axes.map((axis) => axisOf(axis, x.shape.length)).sort((a, c) => a - c);
  const form = layer.rms ? "rms" : "layer";
  const normal = overAxes(x, axes, (grouped) => normaliseGroups(grouped, form, layer.epsilon, b));
  return affineOver(normal, layer.gamma, layer.beta, axes, b);
}

/** Each group of channels of a window normalised over its channels and every other axis. */
export function groupNormalisation(
  layer: { groups: number; axis: number; epsilon: number; gamma: Weight | null; beta: Weight | null },
  x: Tensor,
  b: Builder,
): Tensor {
  const axis = axisOf(layer.axis, x.shape.length);
  const channels = x.shape[axis]!;
  const groups = layer.groups === -1 ? channels : layer.groups;
  const split = [...x.shape.slice(0, axis), groups, channels / groups, ...x.shape.slice(axis + 1)];
  const others = split.map((_, i) => i).filter((i) => i !== axis);
  const normal = overAxes(reshape(x, split), others, (grouped) =>
    normaliseGroups(grouped, "layer", layer.epsilon, b),
  );
  return affineOver(reshape(normal, x.shape), layer.gamma, layer.beta, [axis], b);
}

export function unitNormalisation(layer: { axes: readonly number[] }, x: Tensor, b: Builder): Tensor {
  const axes = layer.axes.map((axis) => axisOf(axis, x.shape.length));
  return overAxes(x, axes, (grouped) => normaliseGroups(grouped, "unit", 1e-12, b));
}

/** A softmax over any axes. */
export function softmaxOver(x: Tensor, axes: readonly number[], form: SoftmaxForm, b: Builder): Tensor {
  const own = axes.map((axis) => axisOf(axis, x.shape.length));
  return overAxes(x, own, (grouped) => b.softmax(grouped, form));
}
