import type { Builder } from "../builder.js";
import { axisOf, broadcast, reshape, sizeOf, type Tensor, tensorOf, transpose } from "../tensor.js";
import { unitNormalisation } from "./normalisation.js";

/** Add, Subtract, Multiply, Average, Maximum, Minimum of tensors broadcast to one shape. */
export function merge(
  kind: "Add" | "Subtract" | "Multiply" | "Average" | "Maximum" | "Minimum",
  tensors: readonly Tensor[],
  b: Builder,
): Tensor {
  switch (kind) {
    case "Add":
      return b.combine(tensors.map((tensor) => ({ tensor, factor: 1 })));
    case "Average":
      return b.combine(tensors.map((tensor) => ({ tensor, factor: 1 / tensors.length })));
    case "Subtract":
      return b.combine(tensors.map((tensor, i) => ({ tensor, factor: i === 0 ? 1 : -1 })));
    case "Multiply":
      return tensors.reduce((product, tensor) => b.multiply(product, tensor));
    case "Maximum":
    case "Minimum":
      return extreme(tensors, kind === "Minimum", b);
  }
}

function extreme(tensors: readonly Tensor[], least: boolean, b: Builder): Tensor {
  const rank = Math.max(...tensors.map((tensor) => tensor.shape.length));
  const shape = Array.from({ length: rank }, (_, axis) =>
    Math.max(...tensors.map((tensor) => tensor.shape[axis - rank + tensor.shape.length] ?? 1)),
  );
  const xs = tensors.map((tensor) => b.range(broadcast(tensor, shape)));
  const y = b.buffer(sizeOf(shape));
  b.emit({ kind: "maximum", y, xs, least, tie: "first" });
  return tensorOf(y, shape);
}

/** Keras' Dot: the sum over one axis of each operand, after making them unit vectors along it where asked to. */
export function dot(
  layer: { axes: readonly [number, number]; normalize: boolean },
  [left, right]: readonly Tensor[],
  b: Builder,
): Tensor {
  const prepared = [left!, right!].map((tensor, i) => {
    const axis = layer.axes[i]!;
    const unit = layer.normalize ? unitNormalisation({ axes: [axis] }, tensor, b) : tensor;
    const own = axisOf(axis, unit.shape.length);
    const others = unit.shape.map((_, a) => a).filter((a) => a !== own);
    const last = transpose(unit, [...others, own]);
    return {
      rows: sizeOf(others.map((a) => unit.shape[a]!)),
      inner: unit.shape[own]!,
      shape: last.shape,
      range: b.range(last),
    };
  });
  const [a, c] = prepared as [(typeof prepared)[0], (typeof prepared)[0]];
  const y = b.buffer(a.rows * c.rows);
  b.emit({
    kind: "contract",
    y,
    a: a.range,
    b: c.range,
    size: [a.rows, c.rows, a.inner],
    strideY: [c.rows, 1],
    strideA: [a.inner, 1],
    strideB: [1, c.inner],
    factor: 1,
    accumulate: false,
  });
  const shape = [...a.shape.slice(0, -1), ...c.shape.slice(0, -1)];
  return reshape(tensorOf(y, shape), shape.length === 0 ? [1] : shape);
}
