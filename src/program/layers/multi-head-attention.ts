import type { MultiHeadAttentionLayer, Weight } from "../../model/graph.js";
import { UserError } from "../../shared/errors.js";
import type { Builder } from "../builder.js";
import type { Range } from "../program.js";
import { reshape, sizeOf, step, type Tensor, tensorOf, transpose } from "../tensor.js";
import { attend, dotScores, type Rows } from "./attention.js";
import { project } from "./dense.js";

/** Multi-head attention (Vaswani et al. 2017) of query, value and key sequences. */
export function multiHeadAttention(
  layer: MultiHeadAttentionLayer,
  [query, value, key = value]: readonly Tensor[],
  b: Builder,
): Tensor {
  const { heads, keyDim, valueDim } = layer;
  const order = attendedLast(layer, query!.shape.length);
  const into = (x: Tensor, part: { kernel: Weight; bias: Weight | null }, outputs: number) =>
    transpose(project(x, part.kernel, outputs, part.bias?.data ?? null, b), order.axes);
  const q = into(query!, layer.query, heads * keyDim);
  const k = into(key!, layer.key, heads * keyDim);
  const v = into(value!, layer.value, heads * valueDim);
  const apart = q.shape.slice(0, order.apart);
  if ([k, v].some((x) => apart.some((n, axis) => n !== x.shape[axis])))
    throw new UserError("attends between sequences that differ in another axis; check the model file");
  const groups = sizeOf(apart);
  const stepsOf = (x: Tensor) => sizeOf(x.shape.slice(order.apart, -1));
  const grouped = (x: Tensor) => reshape(x, [groups, stepsOf(x), x.shape.at(-1)!]);
  const context = b.buffer(groups * stepsOf(q) * heads * valueDim);
  for (let group = 0; group < groups; group++) {
    const at = context.at + group * stepsOf(q) * heads * valueDim;
    const y = { at, n: stepsOf(q) * heads * valueDim };
    const [ownQ, ownK, ownV] = [q, k, v].map((x) => b.range(step(grouped(x), group)));
    attendHeads(layer, ownQ!, ownK!, ownV!, y, { queries: stepsOf(q), keys: stepsOf(k) }, b);
  }
  const joined = tensorOf(context, [...q.shape.slice(0, -1), heads * valueDim]);
  const outputs = layer.output.kernel.shape.slice(2);
  const back = order.axes.map((_, axis) => order.axes.indexOf(axis));
  const y = project(
    transpose(joined, back),
    layer.output.kernel,
    sizeOf(outputs),
    layer.output.bias?.data ?? null,
    b,
  );
  return reshape(y, [...query!.shape.slice(0, -1), ...outputs]);
}

/** The order of a tensor's axes that brings those attended over behind the `apart` others, before the features. */
function attendedLast(
  { axes, causal }: MultiHeadAttentionLayer,
  rank: number,
): { axes: readonly number[]; apart: number } {
  const all = Array.from({ length: rank - 1 }, (_, axis) => axis);
  const attended = axes?.map((axis) => axis - 1) ?? all;
  const apart = all.filter((axis) => !attended.includes(axis));
  if (attended.length + apart.length !== all.length)
    throw new UserError(`attends over the axes ${axes}, which its input has not; check the model file`);
  if (causal && all.length > 1)
    throw new UserError(
      "a causal mask over more than one axis is not supported; attend over the steps alone",
    );
  return { axes: [...apart, ...attended, rank - 1], apart: apart.length };
}

/** The heads of one group of steps. */
function attendHeads(
  { heads, keyDim, valueDim, scale, causal }: MultiHeadAttentionLayer,
  q: Range,
  k: Range,
  v: Range,
  y: Range,
  lengths: { queries: number; keys: number },
  b: Builder,
): void {
  const sizes = { ...lengths, causal };
  for (let head = 0; head < heads; head++) {
    const keyRows = (range: Range): Rows => ({ range, size: heads * keyDim, offset: head * keyDim });
    const valueRows = (range: Range): Rows => ({ range, size: heads * valueDim, offset: head * valueDim });
    const scores = dotScores(keyRows(q), keyRows(k), keyDim, scale, sizes, b);
    attend(scores, valueRows(v), valueRows(y), valueDim, sizes, b);
  }
}
