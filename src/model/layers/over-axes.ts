import type { Builder } from "../../program/builder.js";
import type { NormaliseForm } from "../../program/program.js";
import { broadcast, reshape, sizeOf, type Tensor, tensorOf, transpose } from "../../program/tensor.js";
import type { ExpectedWeight, Shape, Weight } from "../../program/weight.js";

/** Constants that run over some axes of a tensor, repeated over the others. */
export function spread(values: ArrayLike<number>, axes: readonly number[], shape: Shape): Float64Array {
  const kept = shape.map((n, axis) => (axes.includes(axis) ? n : 1));
  const positions = broadcast(
    { shape: kept, units: Int32Array.from({ length: values.length }, (_, i) => i) },
    shape,
  );
  return Float64Array.from(positions.units, (i) => values[i]!);
}

/** The length of an axis that counts the batch's as 0. */
export function sizeAt(x: Shape, axis: number): number {
  return (axis < 0 ? x.at(axis) : x[axis - 1]) ?? 0;
}

/** The lengths of some axes in the order given, which is how Keras stores weights that run over them. */
export function sizesAt(x: Shape, axes: readonly number[]): Shape {
  return axes.map((axis) => sizeAt(x, axis));
}

/** Does `within` on groups of values: the tensor with the given axes last and flat, and back. */
export function overAxes(x: Tensor, axes: readonly number[], within: (grouped: Tensor) => Tensor): Tensor {
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

/** Each row of [groups, n] normalised by itself. */
export function normaliseGroups(x: Tensor, form: NormaliseForm, epsilon: number, b: Builder): Tensor {
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

/** The scale and offset that a normalised tensor may be given. */
export interface GammaAndBeta {
  readonly gamma: Weight | null;
  readonly beta: Weight | null;
}

/** Both, with the shape that they need to have. */
export function gammaAndBeta({ gamma, beta }: GammaAndBeta, shape: Shape): readonly ExpectedWeight[] {
  return [
    ["gamma", gamma, shape],
    ["beta", beta, shape],
  ];
}

/** gamma ∘ x + beta with the weights running over `axes`; nothing where there are none. */
export function affineOver(
  x: Tensor,
  { gamma, beta }: GammaAndBeta,
  axes: readonly number[],
  b: Builder,
): Tensor {
  if (!gamma && !beta) return x;
  const scale = gamma ? spread(gamma.data, axes, x.shape) : new Float64Array(x.units.length).fill(1);
  return b.scale(x, scale, beta ? spread(beta.data, axes, x.shape) : null);
}
