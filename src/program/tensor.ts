import { UserError } from "../shared/errors.js";
import type { Range } from "./program.js";
import type { Shape } from "./weight.js";

/** Values a lane may take: some 2 GiB for the narrowest tile of 8 lanes in float64. */
export const MOST_UNITS = 2 ** 25;

/**
 * A tensor of one window while a model is compiled: a shape and, row-major, the unit that holds each value.
 * Reshaping, slicing, transposing, repeating and concatenating only make new tensors; nothing is computed. Their
 * functions throw an Error where shapes do not fit, which is a defect of ours: what a model's file may get wrong is
 * refused by `misfit` before.
 */
export interface Tensor {
  readonly shape: Shape;
  readonly units: Int32Array; // [product of shape]
}

/** Checked before memory is taken: sizes in a model's file may be anything. */
export function checkUnits(n: number): number {
  if (n <= MOST_UNITS) return n;
  throw new UserError(
    `brings the model to ${n} values a window, and jac takes ${MOST_UNITS}; use a smaller model or window`,
  );
}

/** How many values a shape has. */
export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/** A shape as an error shows it. */
export const shown = (shape: Shape): string => `(${shape.join(", ")})`;

/** Refuses a layer that cannot be applied to what it is called on. Whoever places the layer names it. */
export function misfit(what: string): never {
  throw new UserError(`${what}; check the model file`);
}

/** The tensor that a whole range is. */
export function tensorOf(range: Range, shape: Shape): Tensor {
  return { shape, units: Int32Array.from({ length: checkUnits(range.n) }, (_, i) => range.at + i) };
}

/** The same values, row-major, in another shape. */
export function reshape(tensor: Tensor, shape: Shape): Tensor {
  expect(sizeOf(shape) === tensor.units.length, `reshape ${tensor.units.length} values to ${shown(shape)}`);
  return { shape, units: tensor.units };
}

/** The tensor with its axes in another order: axis i of the result is axis order[i] of the tensor. */
export function transpose({ shape, units }: Tensor, order: readonly number[]): Tensor {
  const sorted = [...order].sort((a, b) => a - b);
  const permutes = order.length === shape.length && sorted.every((axis, i) => axis === i);
  expect(permutes, `transpose ${shown(shape)} by ${shown(order)}`);
  const strides = stridesOf(shape);
  return view(
    order.map((axis) => shape[axis]!),
    (index) => units[index.reduce((sum, i, axis) => sum + i * strides[order[axis]!]!, 0)]!,
  );
}

/** The tensor repeated along its axes of length 1 to the given shape, as NumPy broadcasts. */
export function broadcast({ shape, units }: Tensor, to: Shape): Tensor {
  const padded = [...Array<number>(Math.max(0, to.length - shape.length)).fill(1), ...shape];
  const fits = padded.length === to.length && padded.every((n, axis) => n === 1 || n === to[axis]);
  expect(fits, `broadcast ${shown(shape)} to ${shown(to)}`);
  const strides = stridesOf(padded);
  return view(
    to,
    (index) => units[index.reduce((sum, i, axis) => sum + (padded[axis] === 1 ? 0 : i * strides[axis]!), 0)]!,
  );
}

/**
 * The one shape to which tensors are broadcast when they are combined value by value.
 * @throws UserError where there is none: which tensors a layer combines is the model's.
 */
export function broadcastShape(shapes: readonly Shape[]): Shape {
  const rank = shapes.reduce((most, shape) => Math.max(most, shape.length), 0);
  const padded = shapes.map((shape) => [...Array<number>(rank - shape.length).fill(1), ...shape]);
  const common = Array.from({ length: rank }, (_, axis) =>
    padded.reduce((most, shape) => Math.max(most, shape[axis]!), 1),
  );
  if (padded.some((shape) => shape.some((n, axis) => n !== 1 && n !== common[axis])))
    misfit(`cannot combine ${shapes.map(shown).join(" and ")} value by value`);
  return common;
}

/** Entries of one axis, in the order given; an entry of −1 is taken from `padding`. */
export function take(
  { shape, units }: Tensor,
  axis: number,
  entries: readonly number[],
  padding = -1,
): Tensor {
  const outer = sizeOf(shape.slice(0, axis));
  const inner = sizeOf(shape.slice(axis + 1));
  const length = shape[axis] ?? 0;
  expect(
    entries.every((entry) => entry < length),
    `take entry ${entries.at(-1)} of ${length}`,
  );
  const result = new Int32Array(checkUnits(outer * entries.length * inner));
  let to = 0;
  for (let o = 0; o < outer; o++) {
    for (const entry of entries) {
      const from = (o * length + entry) * inner;
      for (let i = 0; i < inner; i++) result[to++] = entry < 0 ? padding : units[from + i]!;
    }
  }
  return { shape: shape.map((n, i) => (i === axis ? entries.length : n)), units: result };
}

/** One entry of the first axis, without that axis. */
export function step({ shape, units }: Tensor, t: number): Tensor {
  const n = sizeOf(shape.slice(1));
  expect(t >= 0 && t < (shape[0] ?? 0), `take step ${t} of ${shown(shape)}`);
  return { shape: shape.slice(1), units: units.subarray(t * n, (t + 1) * n) };
}

/** Tensors joined along one axis; they are alike in the others. */
export function concatenate(tensors: readonly Tensor[], axis: number): Tensor {
  const others = (tensor: Tensor) => tensor.shape.map((n, i) => (i === axis ? 0 : n)).join();
  const alike = tensors.every((tensor) => others(tensor) === others(tensors[0]!));
  expect(alike, `concatenate ${tensors.map(({ shape }) => shown(shape)).join(" and ")} along ${axis}`);
  const shape = tensors[0]!.shape.map((n, i) =>
    i === axis ? tensors.reduce((sum, t) => sum + t.shape[i]!, 0) : n,
  );
  const outer = sizeOf(shape.slice(0, axis));
  const result = new Int32Array(checkUnits(sizeOf(shape)));
  let to = 0;
  for (let o = 0; o < outer; o++) {
    for (const { shape: own, units } of tensors) {
      const n = sizeOf(own.slice(axis));
      result.set(units.subarray(o * n, (o + 1) * n), to);
      to += n;
    }
  }
  return { shape, units: result };
}

/** Tensors of one shape along a new first axis. */
export function stack(tensors: readonly Tensor[]): Tensor {
  return concatenate(
    tensors.map((tensor) => reshape(tensor, [1, ...tensor.shape])),
    0,
  );
}

/** The range that a tensor's values fill in order, or null where they do not. */
export function contiguous({ units }: Tensor): Range | null {
  for (let i = 1; i < units.length; i++) if (units[i] !== units[i - 1]! + 1) return null;
  return units.length === 0 || units[0]! < 0 ? null : { at: units[0]!, n: units.length };
}

/**
 * Axes as Keras counts them (the batch axis is 0, negative from the end) → axes of the tensor.
 * @throws UserError where the tensor has not all of them, or one is named twice.
 */
export function axesOf(axes: readonly number[], { shape }: Tensor): number[] {
  const own = axes.map((axis) => (axis < 0 ? axis + shape.length : axis - 1));
  if (own.some((axis) => axis < 0 || axis >= shape.length) || new Set(own).size < own.length)
    misfit(`works along the axes ${axes.join(", ")}, which its input of ${shown(shape)} does not have`);
  return own;
}

/** As axesOf, for one axis. */
export function axisOf(axis: number, tensor: Tensor): number {
  return axesOf([axis], tensor)[0]!;
}

function expect(fits: boolean, what: string): void {
  if (!fits) throw new Error(`cannot ${what}`);
}

function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

function view(shape: Shape, unitAt: (index: number[]) => number): Tensor {
  const units = new Int32Array(checkUnits(sizeOf(shape)));
  const index = shape.map(() => 0);
  for (let i = 0; i < units.length; i++) {
    units[i] = unitAt(index);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return { shape, units };
}
