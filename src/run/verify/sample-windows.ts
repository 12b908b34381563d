import { randomNumbers } from "../../shared/random-numbers.js";
import { chunkAt, type RunSpec, sha256 } from "../../shared/run-spec.js";

/** Windows of one chunk: their places in its part, ascending. */
export interface SampledChunk {
  readonly index: number;
  readonly places: readonly number[];
}

const WINDOWS_A_PART = 4; // few of many parts tell more than many of few

/** Numbers in [0, 1) from a run's id and a word: the same ones each time. */
export function seededFrom(run: string, word: string): () => number {
  return randomNumbers(Number.parseInt(sha256(Buffer.from(`${run} ${word}`)).slice(0, 8), 16));
}

/**
 * About `windows` windows of the given chunks (ascending), always the same ones of a run: spread over the parts, the
 * first and the last part among them; of each that is taken its first and last window and some between.
 */
export function sampleWindows(spec: RunSpec, chunks: readonly number[], windows: number): SampledChunk[] {
  const random = seededFrom(spec.run, "windows");
  const taken = Math.min(chunks.length, Math.max(1, Math.floor(windows / WINDOWS_A_PART)));
  const sampled: SampledChunk[] = [];
  for (let i = 0; i < taken; i++) {
    const inner = i > 0 && i < taken - 1 ? random() : 0;
    const at = taken === 1 ? 0 : Math.floor((i * (chunks.length - 1) + inner) / (taken - 1));
    const index = chunks[at]!;
    const { count } = chunkAt(spec, index);
    const share = Math.floor(((i + 1) * windows) / taken) - Math.floor((i * windows) / taken);
    const places = new Set([0, ...(share > 1 ? [count - 1] : [])]);
    while (places.size < Math.min(share, count)) places.add(Math.floor(random() * count));
    sampled.push({ index, places: [...places].sort((a, b) => a - b) });
  }
  return sampled;
}
