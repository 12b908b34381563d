import type { Weight } from "./graph.js";
import type { Call, LayerContext, LayerParser } from "./layer-context.js";

/** One of the four projections inside an attention layer. */
function projection(context: LayerContext, part: string, kernel: (number | null)[], bias: (number | null)[]) {
  const { weights, config } = context;
  const scope = weights.inside(`${part}_dense`);
  return {
    kernel: scope.want("kernel", kernel),
    bias: config.boolean("use_bias", true) ? scope.want("bias", bias) : null,
  };
}

function isCausal(call: Call, absent = false): boolean {
  return call.kwargs["use_causal_mask"] === true || absent;
}

/** 1/√dim, which Keras 3 rounds to float32 whatever the precision of the layer. */
function scoreScale(dim: number, keras: number): number {
  return keras < 3 ? 1 / Math.sqrt(dim) : Math.fround(1 / Math.sqrt(dim));
}

export const parseMultiHeadAttention: LayerParser = (context) => {
  const { config } = context;
  config.only("use_gate", false, "rebuild the layer without the gate");
  config.only("sliding_window", null, "rebuild the layer without sliding_window");
  const axes = config.has("attention_axes") ? config.integers("attention_axes") : null;
  // Keras counts them in a tensor that has the heads as an axis more: from the end they would mean another one.
  if (axes?.some((axis) => axis < 1)) config.fail("attention_axes", "axes counted from the first");
  const heads = config.count("num_heads");
  const keyDim = config.count("key_dim");
  const valueDim = config.count("value_dim", keyDim);
  const query = projection(context, "query", [null, heads, keyDim], [heads, keyDim]);
  const key = projection(context, "key", [null, heads, keyDim], [heads, keyDim]);
  const value = projection(context, "value", [null, heads, valueDim], [heads, valueDim]);
  // One width, or the shape of several axes; by default the query's width.
  const outputs = config.has("output_shape") ? config.integers("output_shape") : [null];
  const output = projection(context, "output", [heads, valueDim, ...outputs], [...outputs]);
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
};

/** Several query heads share one key and value head: those are repeated, and plain heads remain. */
export const parseGroupedQueryAttention: LayerParser = (context) => {
  const { config } = context;
  config.only("use_gate", false, "rebuild the layer without the gate");
  config.only("sliding_window", null, "rebuild the layer without sliding_window");
  const heads = config.count("num_query_heads");
  const shared = config.count("num_key_value_heads");
  const dim = config.count("head_dim");
  if (heads % shared !== 0) config.fail("num_query_heads", `a multiple of num_key_value_heads (${shared})`);
  const query = projection(context, "query", [null, heads, dim], [heads, dim]);
  const key = projection(context, "key", [null, shared, dim], [shared, dim]);
  const value = projection(context, "value", [null, shared, dim], [shared, dim]);
  const output = projection(context, "output", [heads, dim, null], [null]);
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
};

function repeatHeads(part: { kernel: Weight; bias: Weight | null }, times: number) {
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

export const parseAttention: LayerParser = ({ config, weights }) => {
  const scoreMode = config.choice("score_mode", ["dot", "concat"], "dot");
  const causal = config.boolean("causal", false); // before it became an argument of the call
  const scale = config.boolean("use_scale", false) ? weights.want("scale", []) : null;
  const concat = scoreMode === "concat" ? weights.want("concat_score_weight", []) : null;
  return (call) => ({
    kind: "Attention",
    scoreMode,
    scale: scale ? scale.data[0]! : 1,
    concatScoreWeight: concat ? concat.data[0]! : 1,
    causal: isCausal(call, causal),
  });
};

export const parseAdditiveAttention: LayerParser = ({ config, weights }) => {
  const causal = config.boolean("causal", false);
  const scale = config.boolean("use_scale", true) ? weights.want("scale", [null]) : null;
  return (call) => ({ kind: "AdditiveAttention", scale, causal: isCausal(call, causal) });
};
