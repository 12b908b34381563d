import type { Builder } from "../../program/builder.js";
import type { LayerKind } from "../../program/graph.js";
import type { Range } from "../../program/program.js";
import { misfit, reshape, shown, step, type Tensor, tensorOf } from "../../program/tensor.js";
import type { Weight } from "../../program/weight.js";
import type { Call, LayerBuilder, LayerContext } from "../layer-context.js";
import type { LayerFamily } from "../layer-family.js";
import { type AttentionSizes, attend, dotScores, seenBy } from "./attend.js";

/** Called on query, value[, key]. */
export interface AttentionLayer {
  readonly kind: "Attention";
  readonly scoreMode: "dot" | "concat";
  readonly scale: number;
  readonly concatScoreWeight: number;
  readonly causal: boolean;
}

/** Bahdanau attention, called on query, value[, key]. */
export interface AdditiveAttentionLayer {
  readonly kind: "AdditiveAttention";
  readonly scale: Weight | null; // [features]
  readonly causal: boolean;
}

/** Attention of one head, without projections. */
export const attention: LayerFamily<AttentionLayer | AdditiveAttentionLayer> = {
  classes: { Attention: parseAttention, AdditiveAttention: parseAdditiveAttention },
  kinds: {
    Attention: attentionKind<AttentionLayer>(
      () => [],
      (layer, query, key, sizes, b) => {
        const width = query.shape[1]!;
        if (layer.scoreMode === "concat") {
          const outer = new Float64Array(width).fill(layer.concatScoreWeight);
          return additiveScores(query, key, layer.scale, outer, sizes, b);
        }
        const rows = (x: Tensor) => ({ range: b.range(x), size: width, offset: 0 });
        return dotScores(rows(query), rows(key), width, layer.scale, sizes, b);
      },
    ),
    AdditiveAttention: attentionKind<AdditiveAttentionLayer>(
      ({ scale }, [query]) => [["scale", scale, [query!.at(-1) ?? 0]]],
      ({ scale }, query, key, sizes, b) => {
        const outer = scale?.data ?? new Float64Array(query.shape[1]!).fill(1);
        return additiveScores(query, key, 1, outer, sizes, b);
      },
    ),
  },
};

/** Whether a call asks for a causal mask, or the layer does itself. */
export function isCausal(call: Call, absent = false): boolean {
  return call.kwargs["use_causal_mask"] === true || absent;
}

function parseAttention({ config, weights }: LayerContext): LayerBuilder<AttentionLayer> {
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
}

function parseAdditiveAttention({ config, weights }: LayerContext): LayerBuilder<AdditiveAttentionLayer> {
  const causal = config.boolean("causal", false);
  const scale = config.boolean("use_scale", true) ? weights.want("scale", [null]) : null;
  return (call) => ({ kind: "AdditiveAttention", scale, causal: isCausal(call, causal) });
}

/** Attention by scores [queries, keys] of a kind's own. */
function attentionKind<L extends AttentionLayer | AdditiveAttentionLayer>(
  weights: LayerKind<L>["weights"],
  scoresOf: (layer: L, query: Tensor, key: Tensor, sizes: AttentionSizes, b: Builder) => Range,
): LayerKind<L> {
  return {
    inputs: [2, 3],
    takes: "sequence",
    weights,
    results: () => 1,
    place(layer, [query, value, key = value], b) {
      checkSequences(query!, value!, key!);
      const sizes = { queries: query!.shape[0]!, keys: key!.shape[0]!, causal: layer.causal };
      const width = value!.shape[1]!;
      const scores = scoresOf(layer, query!, key!, sizes, b);
      const y = b.buffer(sizes.queries * width);
      const rows = (range: Range) => ({ range, size: width, offset: 0 });
      attend(scores, rows(b.range(value!)), rows(y), width, sizes, b);
      return [tensorOf(y, [sizes.queries, width])];
    },
  };
}

/** Queries and keys of one width, as many keys as values. */
function checkSequences(query: Tensor, value: Tensor, key: Tensor): void {
  const all = [query, value, key];
  if (
    all.some(({ shape }) => shape.length !== 2) ||
    query.shape[1] !== key.shape[1] ||
    value.shape[0] !== key.shape[0]
  )
    misfit(`attends between ${all.map(({ shape }) => shown(shape)).join(", ")} as query, value and key`);
}

/** Σ outer · tanh(inner · (q + k)) over the features (Bahdanau et al. 2015). */
function additiveScores(
  query: Tensor,
  key: Tensor,
  inner: number,
  outer: Float64Array,
  sizes: AttentionSizes,
  b: Builder,
): Range {
  const { queries, keys } = sizes;
  const weight = { shape: [outer.length, 1], data: outer };
  const matrix = b.matrix(weight, 1);
  const scores = b.buffer(queries * keys);
  for (let i = 0; i < queries; i++) {
    const n = seenBy(i, sizes);
    const some = reshape({ shape: [], units: key.units.subarray(0, n * outer.length) }, [n, outer.length]);
    const sum = b.combine([
      { tensor: reshape(step(query, i), [1, outer.length]), factor: inner },
      { tensor: some, factor: inner },
    ]);
    const bent = b.activate(sum, { kind: "tanh" });
    for (let j = 0; j < n; j++) {
      const x = b.range(step(bent, j));
      b.affine({ at: scores.at + i * keys + j, n: 1 }, [{ matrix, transposed: false, x }]);
    }
  }
  return scores;
}
