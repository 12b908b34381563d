import type { Builder } from "../../program/builder.js";
import type { LayerKind } from "../../program/graph.js";
import {
  axisOf,
  broadcast,
  broadcastShape,
  concatenate,
  misfit,
  shown,
  sizeOf,
  type Tensor,
  tensorOf,
  transpose,
} from "../../program/tensor.js";
import type { LayerFamily, LayerParser } from "../layer-family.js";
import { unitVectors } from "./layer-normalisation.js";

/** Tensors combined value by value, broadcast to one shape. */
export interface MergeLayer {
  readonly kind: "Add" | "Subtract" | "Multiply" | "Average" | "Maximum" | "Minimum";
}

/** Tensors joined along one axis. */
export interface ConcatenateLayer {
  readonly kind: "Concatenate";
  readonly axis: number; // counts the batch axis as 0; may be negative
}

/** The sums of products along one axis of each of two tensors; `normalize` makes unit vectors along them first. */
export interface DotLayer {
  readonly kind: "Dot";
  readonly axes: readonly [number, number];
  readonly normalize: boolean;
}

/** Layers that make one tensor of several. */
export const merging: LayerFamily<MergeLayer | ConcatenateLayer | DotLayer> = {
  classes: {
    Add: parseMerge("Add"),
    Subtract: parseMerge("Subtract"),
    Multiply: parseMerge("Multiply"),
    Average: parseMerge("Average"),
    Maximum: parseMerge("Maximum"),
    Minimum: parseMerge("Minimum"),
    Concatenate: ({ config }) => {
      const axis = config.integer("axis", -1);
      return () => ({ kind: "Concatenate", axis });
    },
    Dot: ({ config }) => {
      const [first = -1, second = first] = config.integers("axes");
      const normalize = config.boolean("normalize", false);
      return () => ({ kind: "Dot", axes: [first, second], normalize });
    },
  },
  kinds: {
    Add: mergeKind((inputs, b) => b.combine(inputs.map((tensor) => ({ tensor, factor: 1 })))),
    Subtract: mergeKind((inputs, b) =>
      b.combine(inputs.map((tensor, i) => ({ tensor, factor: i === 0 ? 1 : -1 }))),
    ),
    Multiply: mergeKind((inputs, b) => inputs.reduce((product, tensor) => b.multiply(product, tensor))),
    Average: mergeKind((inputs, b) =>
      b.combine(inputs.map((tensor) => ({ tensor, factor: 1 / inputs.length }))),
    ),
    Maximum: mergeKind((inputs, b) => extreme(inputs, false, b)),
    Minimum: mergeKind((inputs, b) => extreme(inputs, true, b)),
    Concatenate: {
      inputs: [1, Infinity],
      takes: "any",
      weights: () => [],
      results: () => 1,
      place: (layer, inputs) => [placeConcatenate(layer, inputs)],
    },
    Dot: {
      inputs: [2, 2],
      takes: "any",
      weights: () => [],
      results: () => 1,
      place: (layer, [left, right], b) => [placeDot(layer, left!, right!, b)],
    },
  },
};

function parseMerge(kind: MergeLayer["kind"]): LayerParser<MergeLayer> {
  return () => () => ({ kind });
}

/** A merge of tensors broadcast to one shape. */
function mergeKind<L extends MergeLayer>(
  place: (inputs: readonly Tensor[], b: Builder) => Tensor,
): LayerKind<L> {
  return {
    inputs: [1, Infinity],
    takes: "any",
    weights: () => [],
    results: () => 1,
    place: (_, inputs, b) => [place(inputs, b)],
  };
}

function extreme(inputs: readonly Tensor[], least: boolean, b: Builder): Tensor {
  const shape = broadcastShape(inputs.map((tensor) => tensor.shape));
  const xs = inputs.map((tensor) => b.range(broadcast(tensor, shape)));
  const y = b.buffer(sizeOf(shape));
  b.emit({ kind: "maximum", y, xs, least, tie: "first" });
  return tensorOf(y, shape);
}

function placeConcatenate(layer: ConcatenateLayer, inputs: readonly Tensor[]): Tensor {
  const axis = axisOf(layer.axis, inputs[0]!);
  const others = ({ shape }: Tensor) => shape.map((n, i) => (i === axis ? 0 : n)).join();
  if (inputs.some((tensor) => others(tensor) !== others(inputs[0]!)))
    misfit(`joins ${inputs.map(({ shape }) => shown(shape)).join(" and ")}, which differ in another axis`);
  return concatenate(inputs, axis);
}

/** The sum over one axis of each operand, after making them unit vectors along it where asked to. */
function placeDot(layer: DotLayer, left: Tensor, right: Tensor, b: Builder): Tensor {
  const prepared = [left, right].map((tensor, i) => {
    const axis = layer.axes[i]!;
    const own = axisOf(axis, tensor);
    const unit = layer.normalize ? unitVectors(tensor, [axis], b) : tensor;
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
  if (a.inner !== c.inner)
    misfit(`sums along axes of different lengths of ${shown(left.shape)} and ${shown(right.shape)}`);
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
  return tensorOf(y, shape.length === 0 ? [1] : shape);
}
