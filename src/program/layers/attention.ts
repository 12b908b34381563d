import type { Weight } from "../../model/graph.js";
import type { Builder } from "../builder.js";
import type { Range } from "../program.js";
import { reshape, step, type Tensor, tensorOf } from "../tensor.js";

/** Rows of queries against rows of keys, each row the `width` units at `offset` of a step of `size` units. */
export interface Rows {
  readonly range: Range;
  readonly size: number;
  readonly offset: number;
}

/** How many keys each query sees: all, or with a causal mask those up to its own step. */
const seen = (causal: boolean, query: number, keys: number): number =>
  causal ? Math.min(query + 1, keys) : keys;

/** scores → softmax over the keys → weighted sum of the values, written into `y`. */
export function attend(
  scores: Range, // [queries, keys]; behind a causal mask only the seen ones are used
  value: Rows,
  y: Rows,
  width: number,
  sizes: { queries: number; keys: number; causal: boolean },
  b: Builder,
): void {
  const { queries, keys, causal } = sizes;
  const weights = b.buffer(queries * keys);
  for (let i = 0; i < queries; i++) {
    const n = seen(causal, i, keys);
    const row = { at: weights.at + i * keys, n };
    b.emit({ kind: "softmax", y: row, x: { at: scores.at + i * keys, n }, form: "softmax" });
    b.emit({
      kind: "contract",
      y: { at: y.range.at + i * y.size + y.offset, n: width },
      a: row,
      b: { at: value.range.at + value.offset, n: (n - 1) * value.size + width },
      size: [1, width, n],
      strideY: [width, 1],
      strideA: [n, 1],
      strideB: [value.size, 1],
      factor: 1,
      accumulate: false,
    });
  }
}

/** factor · q·kᵀ for every query and the keys it sees. */
export function dotScores(
  query: Rows,
  key: Rows,
  width: number,
  factor: number,
  sizes: { queries: number; keys: number; causal: boolean },
  b: Builder,
): Range {
  const { queries, keys, causal } = sizes;
  const scores = b.buffer(queries * keys);
  for (let i = 0; i < queries; i++) {
    const n = seen(causal, i, keys);
    b.emit({
      kind: "contract",
      y: { at: scores.at + i * keys, n },
      a: { at: query.range.at + i * query.size + query.offset, n: width },
      b: { at: key.range.at + key.offset, n: (n - 1) * key.size + width },
      size: [1, n, width],
      strideY: [n, 1],
      strideA: [width, 1],
      strideB: [1, key.size],
      factor,
      accumulate: false,
    });
  }
  return scores;
}

/** Keras' Attention and AdditiveAttention: one head, no projections. */
export function attention(
  layer:
    | {
        kind: "Attention";
        scoreMode: "dot" | "concat";
        scale: number;
        concatScoreWeight: number;
        causal: boolean;
      }
    | { kind: "AdditiveAttention"; scale: Weight | null; causal: boolean },
  [query, value, key = value]: readonly Tensor[],
  b: Builder,
): Tensor {
  const width = query!.shape[1]!;
  const sizes = { queries: query!.shape[0]!, keys: key!.shape[0]!, causal: layer.causal };
  const rows = (range: Range, size: number): Rows => ({ range, size, offset: 0 });
  let scores: Range;
  if (layer.kind === "Attention" && layer.scoreMode === "dot") {
    scores = dotScores(
      rows(b.range(query!), width),
      rows(b.range(key!), width),
      width,
      layer.scale,
      sizes,
      b,
    );
  } else {
    const inner = layer.kind === "Attention" ? layer.scale : 1; // factor inside the tanh
    const outer = // [width]: factor of each feature outside it
      layer.kind === "Attention"
        ? new Float64Array(width).fill(layer.concatScoreWeight)
        : (layer.scale?.data ?? new Float64Array(width).fill(1));
    scores = additiveScores(query!, key!, inner, outer, sizes, b);
  }
  const valueWidth = value!.shape[1]!;
  const y = b.buffer(sizes.queries * valueWidth);
  attend(scores, rows(b.range(value!), valueWidth), rows(y, valueWidth), valueWidth, sizes, b);
  return tensorOf(y, [sizes.queries, valueWidth]);
}

/** Σ outer · tanh(inner · (q + k)) over the features (Bahdanau et al. 2015). */
function additiveScores(
  query: Tensor,
  key: Tensor,
  inner: number,
  outer: Float64Array,
  sizes: { queries: number; keys: number; causal: boolean },
  b: Builder,
): Range {
  const { queries, keys, causal } = sizes;
  const weight = { shape: [outer.length, 1], data: outer };
  const matrix = b.matrix(weight, 1);
  const scores = b.buffer(queries * keys);
  for (let i = 0; i < queries; i++) {
    const n = seen(causal, i, keys);
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
