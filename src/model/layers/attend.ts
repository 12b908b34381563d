import type { Builder } from "../../program/builder.js";
import type { Range } from "../../program/program.js";

/** Rows of queries against rows of keys, each row the `width` units at `offset` of a step of `size` units. */
export interface Rows {
  readonly range: Range;
  readonly size: number;
  readonly offset: number;
}

/** How many queries attend to how many keys. */
export interface AttentionSizes {
  readonly queries: number;
  readonly keys: number;
  /** Each query sees the keys up to its own step alone. */
  readonly causal: boolean;
}

/** How many keys each query sees. */
export const seenBy = (query: number, { keys, causal }: AttentionSizes): number =>
  causal ? Math.min(query + 1, keys) : keys;

/** scores → softmax over the keys → weighted sum of the values, written into `y`. */
export function attend(
  scores: Range, // [queries, keys]; behind a causal mask only the seen ones are used
  value: Rows,
  y: Rows,
  width: number,
  sizes: AttentionSizes,
  b: Builder,
): void {
  const { queries, keys } = sizes;
  const weights = b.buffer(queries * keys);
  for (let i = 0; i < queries; i++) {
    const n = seenBy(i, sizes);
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
  sizes: AttentionSizes,
  b: Builder,
): Range {
  const { queries, keys } = sizes;
  const scores = b.buffer(queries * keys);
  for (let i = 0; i < queries; i++) {
    const n = seenBy(i, sizes);
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
