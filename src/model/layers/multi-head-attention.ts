import type { Builder } from "../../program/builder.js";
import type { Range } from "../../program/program.js";
import {
  axesOf,
  misfit,
  reshape,
  shown,
  sizeOf,
  step,
  type Tensor,
  tensorOf,
  transpose,
} from "../../program/tensor.js";
import type { ExpectedWeight, Shape, Weight } from "../../program/weight.js";
import { UserError } from "../../shared/errors.js";
import type { LayerBuilder, LayerContext } from "../layer-context.js";
import type { LayerFamily } from "../layer-family.js";
import { attend, dotScores, type Rows } from "./attend.js";
import { isCausal } from "./attention.js";
import { project } from "./dense.js";

interface Projection {
  readonly kernel: Weight;
  readonly bias: Weight | null;
}

/** Called on query, value[, key]. */
export interface MultiHeadAttentionLayer {
  readonly kind: "MultiHeadAttention";
  readonly heads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly scale: number; // of the scores: 1/√keyDim
  readonly query: Projection; // kernel [features, heads, keyDim], bias [heads, keyDim]; the same for key
  readonly key: Projection;
  readonly value: Projection; // kernel [features, heads, valueDim], bias [heads, valueDim]
  readonly output: Projection; // kernel [heads, valueDim, ...outputs], bias [...outputs]
  readonly causal: boolean;
  /** The axes attended over, counting the batch's as 0; null: all but the features. */
  readonly axes: readonly number[] | null;
}

/** Attention of several heads, with projections before and after. */
export const multiHeadAttention: LayerFamily<MultiHeadAttentionLayer> = {
  classes: {
    MultiHeadAttention: parseMultiHeadAttention,
    GroupedQueryAttention: parseGroupedQueryAttention,
    GroupQueryAttention: parseGroupedQueryAttention,
  },
  kinds: {
    MultiHeadAttention: {
      inputs: [2, 3],
      takes: "any",
      weights: projectionWeights,
      results: () => 1,
      place: (layer, [query, value, key = value], b) => [placeHeads(layer, query!, value!, key!, b)],
    },
  },
};

/** One of the four projections inside an attention layer. */
function parseProjection(
  context: LayerContext,
  part: string,
  kernel: (number | null)[],
  bias: (number | null)[],
): Projection {
  const { weights, config } = context;
  const scope = weights.inside(`${part}_dense`);
  return {
    kernel: scope.want("kernel", kernel),
    bias: config.boolean("use_bias", true) ? scope.want("bias", bias) : null,
  };
}

/** 1/√dim, which Keras 3 rounds to float32 whatever the precision of the layer. */
function scoreScale(dim: number, keras: number): number {
  return keras < 3 ? 1 / Math.sqrt(dim) : Math.fround(1 / Math.sqrt(dim));
}

function parseMultiHeadAttention(context: LayerContext): LayerBuilder<MultiHeadAttentionLayer> {
  const { config } = context;
  config.only("use_gate", false, "rebuild the layer without the gate");
  config.only("sliding_window", null, "rebuild the layer without sliding_window");
  const axes = config.has("attention_axes") ? config.integers("attention_axes") : null;
  // Keras counts them in a tensor that has the heads as an axis more: from the end they would mean another one.
  if (axes?.some((axis) => axis < 1)) config.fail("attention_axes", "axes counted from the first");
  const heads = config.count("num_heads");
  const keyDim = config.count("key_dim");
  const valueDim = config.count("value_dim", keyDim);
  const query = parseProjection(context, "query", [null, heads, keyDim], [heads, keyDim]);
  const key = parseProjection(context, "key", [null, heads, keyDim], [heads, keyDim]);
  const value = parseProjection(context, "value", [null, heads, valueDim], [heads, valueDim]);
  // One width, or the shape of several axes; by default the query's width.
  const outputs = config.has("output_shape") ? config.integers("output_shape") : [null];
  const output = parseProjection(context, "output", [heads, valueDim, ...outputs], [...outputs]);
  return (call) => ({
    kind: "MultiHeadAttention",
    heads,
    keyDim,
    valueDim,
    scale: scoreScale(keyDim, context.keras),
    query,
    key,
    value,
    output,
    causal: isCausal(call),
    axes,
  });
}

/** Several query heads share one key and value head: those are repeated, and plain heads remain. */
function parseGroupedQueryAttention(context: LayerContext): LayerBuilder<MultiHeadAttentionLayer> {
  const { config } = context;
  config.only("use_gate", false, "rebuild the layer without the gate");
  config.only("sliding_window", null, "rebuild the layer without sliding_window");
  const heads = config.count("num_query_heads");
  const shared = config.count("num_key_value_heads");
  const dim = config.count("head_dim");
  if (heads % shared !== 0) config.fail("num_query_heads", `a multiple of num_key_value_heads (${shared})`);
  const query = parseProjection(context, "query", [null, heads, dim], [heads, dim]);
  const key = parseProjection(context, "key", [null, shared, dim], [shared, dim]);
  const value = parseProjection(context, "value", [null, shared, dim], [shared, dim]);
  const output = parseProjection(context, "output", [heads, dim, null], [null]);
  return (call) => ({
    kind: "MultiHeadAttention",
    heads,
    keyDim: dim,
    valueDim: dim,
    scale: scoreScale(dim, context.keras),
    query,
    key: repeatHeads(key, heads / shared),
    value: repeatHeads(value, heads / shared),
    output,
    causal: isCausal(call),
    axes: [1],
  });
}

function repeatHeads(part: Projection, times: number): Projection {
  return { kernel: repeated(part.kernel, times), bias: part.bias && repeated(part.bias, times) };
}

/** Repeats the second to last axis, each entry `times` times in a row. */
function repeated(weight: Weight, times: number): Weight {
  const dim = weight.shape.at(-1) ?? 1;
  const data = new Float64Array(weight.data.length * times);
  for (let row = 0; row * dim < data.length; row++) {
    const from = Math.floor(row / times) * dim;
    data.set(weight.data.subarray(from, from + dim), row * dim);
  }
  const shape = weight.shape.map((n, i) => (i === weight.shape.length - 2 ? n * times : n));
  return { shape, data };
}

/** Each projection fits the sequence that it is of. */
function projectionWeights(
  { heads, keyDim, valueDim, ...layer }: MultiHeadAttentionLayer,
  [query, value, key = value]: readonly Shape[],
): readonly ExpectedWeight[] {
  const part = (name: string, { kernel, bias }: Projection, dim: number, x: Shape): ExpectedWeight[] => [
    [`${name} kernel`, kernel, [x.at(-1) ?? 0, heads, dim]],
    [`${name} bias`, bias, [heads, dim]],
  ];
  const outputs = layer.output.kernel.shape.slice(2);
  return [
    ...part("query", layer.query, keyDim, query!),
    ...part("key", layer.key, keyDim, key!),
    ...part("value", layer.value, valueDim, value!),
    ["output kernel", layer.output.kernel, [heads, valueDim, ...outputs]],
    ["output bias", layer.output.bias, outputs],
  ];
}

/** Multi-head attention (Vaswani et al. 2017) of query, value and key sequences. */
function placeHeads(
  layer: MultiHeadAttentionLayer,
  query: Tensor,
  value: Tensor,
  key: Tensor,
  b: Builder,
): Tensor {
  const { heads, keyDim, valueDim } = layer;
  const order = attendedLast(layer, query);
  const all = [query, value, key].map(({ shape }) => shown(shape)).join(", ");
  const rank = query.shape.length;
  if (key.shape.length !== rank || key.shape.slice(0, -1).join() !== value.shape.slice(0, -1).join())
    misfit(`attends between ${all} as query, value and key`);
  const into = (x: Tensor, part: Projection, outputs: number) =>
    transpose(project(x, part.kernel, outputs, part.bias?.data ?? null, b), order.axes);
  const q = into(query, layer.query, heads * keyDim);
  const k = into(key, layer.key, heads * keyDim);
  const v = into(value, layer.value, heads * valueDim);
  const apart = (x: Tensor) => x.shape.slice(0, order.apart);
  if (apart(q).join() !== apart(k).join()) misfit(`attends between ${all}, which differ in another axis`);
  const groups = sizeOf(apart(q));
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
  return reshape(y, [...query.shape.slice(0, -1), ...outputs]);
}

/** The order of a tensor's axes that brings those attended over behind the `apart` others, before the features. */
function attendedLast({ axes, causal }: MultiHeadAttentionLayer, x: Tensor) {
  const all = x.shape.slice(1).map((_, axis) => axis); // all but the features
  const attended = axes === null ? all : axesOf(axes, x);
  const apart = all.filter((axis) => !attended.includes(axis));
  if (attended.some((axis) => !all.includes(axis))) misfit("attends over the features");
  if (causal && all.length > 1)
    throw new UserError(
      "a causal mask over more than one axis is not supported; attend over the steps alone",
    );
  return { axes: [...apart, ...attended, all.length], apart: apart.length };
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
