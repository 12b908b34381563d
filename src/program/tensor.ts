import { UserError } from "../shared/errors.js";
import type { Range } from "./program.js";

/** Values a lane may take: some 2 GiB for the narrowest tile of 8 lanes in float64. */
export const MOST_UNITS = 2 ** 25;

/**
 * A tensor of one window while a model is compiled: a shape and, row-major, the unit that holds each value.
 * Reshaping, slicing, transposing, repeating and concatenating only make new tensors; nothing is computed.
 */
export interface Tensor {
  readonly shape: readonly number[];
  readonly units: Int32Array; // [product of shape]
}

/** Checked before memory is taken: sizes in a model's file may be anything. */
export function checkUnits(n: number): number {
  if (n <= MOST_UNITS) return n;
  throw new UserError(
    `brings the model to ${n} values a window, and jac takes ${MOST_UNITS}; use a smaller model or window`,
  );
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The tensor that a whole range is. */
export function tensorOf(range: Range, shape: readonly number[]): Tensor {
  return { shape, units: Int32Array.from({ length: checkUnits(range.n) }, (_, i) => range.at + i) };
}

export function reshape(tensor: Tensor, shape: readonly number[]): Tensor {
  return { shape, units: tensor.units };
}

/** The tensor with its axes in another order: axis i of the result is axis order[i] of the tensor. */
export function transpose({ shape, units }: Tensor, order: readonly number[]): Tensor {
  const strides = stridesOf(shape);
  return view(
    order.map((axis) => shape[axis]!),
    (index) => units[index.reduce((sum, i, axis) => sum + i * strides[order[axis]!]!, 0)]!,
  );
}

/** The tensor repeated along its axes of length 1 to the given shape, as NumPy broadcasts. */
export function broadcast({ shape, units }: Tensor, to: readonly number[]): Tensor {
  const padded = [...Array<number>(to.length - shape.length).fill(1), ...shape];
  const strides = stridesOf(padded);
  return view(
    to,
    (index) => units[index.reduce((sum, i, axis) => sum + (padded[axis] === 1 ? 0 : i * strides[axis]!), 0)]!,
  );
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
  const length = shape[axis]!;
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
  return { shape: shape.slice(1), units: units.subarray(t * n, (t + 1) * n) };
}

export function concatenate(tensors: readonly Tensor[], axis: number): Tensor {
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

/** An axis as Keras counts it (the batch axis is 0, negative from the end) → an axis of the tensor. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis - 1;
}

function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

function view(shape: readonly number[], unitAt: (index: number[]) => number): Tensor {
  const units = new Int32Array(checkUnits(sizeOf(shape)));
  const index = shape.map(() => 0);
  for (let i = 0; i < units.length; i++) {
    units[i] = unitAt(index);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return { shape, units };
}
