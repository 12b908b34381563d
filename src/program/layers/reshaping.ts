import type { Weight } from "../../model/graph.js";
import { UserError } from "../../shared/errors.js";
import type { Builder } from "../builder.js";
import { broadcast, reshape, sizeOf, type Tensor, take } from "../tensor.js";

/** The numbers from … to − 1 by `by`. */
export const count = (from: number, to: number, by = 1): number[] => {
  const result: number[] = [];
  for (let i = from; by > 0 ? i < to : i > to; i += by) result.push(i);
  return result;
};

export function reshapeTo(x: Tensor, shape: readonly number[]): Tensor {
  const known = sizeOf(shape.filter((n) => n !== -1));
  const full = shape.map((n) => (n === -1 ? x.units.length / known : n));
  if (sizeOf(full) !== x.units.length) {
    throw new UserError(
      `cannot reshape ${x.shape.join("×")} values to ${shape.join("×")}; check the model's Reshape layer`,
    );
  }
  return reshape(x, full);
}

/** x[:, axes…] with Python's rules for negative and open bounds. */
export function slice(
  x: Tensor,
  axes: readonly (
    | { readonly index: number }
    | { readonly start: number | null; readonly stop: number | null; readonly step: number }
  )[],
): Tensor {
  let result = x;
  const dropped: number[] = [];
  axes.forEach((spec, axis) => {
    const n = x.shape[axis]!;
    if ("index" in spec) {
      result = take(result, axis, [spec.index < 0 ? spec.index + n : spec.index]);
      dropped.push(axis);
      return;
    }
    const { start, stop, step } = spec;
    const clamp = (value: number, low: number, high: number) =>
      Math.min(Math.max(value < 0 ? value + n : value, low), high);
    const from =
      start === null ? (step > 0 ? 0 : n - 1) : step > 0 ? clamp(start, 0, n) : clamp(start, -1, n - 1);
    const to = stop === null ? (step > 0 ? n : -1) : step > 0 ? clamp(stop, 0, n) : clamp(stop, -1, n - 1);
    result = take(result, axis, count(from, to, step));
  });
  return reshape(
    result,
    result.shape.filter((_, axis) => !dropped.includes(axis)),
  );
}

/** max(0, x) + alpha ∘ min(0, x). */
export function prelu(alpha: Weight, x: Tensor, b: Builder): Tensor {
  const positions = broadcast(
    { shape: alpha.shape, units: Int32Array.from(alpha.data, (_, i) => i) },
    x.shape,
  );
  const slopes = Float64Array.from(positions.units, (i) => -alpha.data[i]!);
  const relu = { kind: "relu", negativeSlope: 0, maxValue: Number.POSITIVE_INFINITY, threshold: 0 } as const;
  const above = b.activate(x, relu);
  const below = b.activate(b.combine([{ tensor: x, factor: -1 }]), relu);
  return b.combine([above, b.scale(below, slopes, null)].map((tensor) => ({ tensor, factor: 1 })));
}
