import type { Part, PartTarget } from "../shared/part.js";
import type { TargetPartial } from "./partial.js";
import { TILE } from "./plan-statistics.js";

/** The windows of a chunk in the model's eyes: window i is rows starts[i] … starts[i] + T − 1. */
export interface WindowInputs {
  readonly rows: Float64Array; // [rows, F], scaled
  readonly starts: Int32Array; // [windows]
}

/** Entries turned at a time: with a tile's windows 144 KiB, which stay in the L2 cache. */
const BLOCK = 256;

/** One output's gradients in up to TILE windows: which are taken in, and a block of their entries turned to [entry][window]. */
export class Tile {
  count = 0; // windows taken in
  readonly window = new Int32Array(TILE); // of the part
  readonly bin = new Int32Array(TILE); // of the partial
  readonly inverse = new Float64Array(TILE); // 1 / y; 0 where y is 0
  readonly input = new Int32Array(TILE); // where the window's inputs begin among inputs.rows
  readonly block: number; // entries of a block at most: whole steps where the features allow
  readonly values: Float64Array; // [block, TILE]
  readonly words: Int32Array; // the same memory by 32-bit words

  constructor(
    readonly part: Part,
    readonly source: PartTarget,
    readonly inputs: WindowInputs,
    readonly features: number,
    readonly size: number, // entries of a gradient
  ) {
    this.block = Math.min(size, features < BLOCK ? BLOCK - (BLOCK % features) : BLOCK);
    // Gram blocks take four entries at once: the rows past the last entry stay 0.
    this.values = new Float64Array(Math.ceil(this.block / 4) * 4 * TILE);
    this.words = new Int32Array(this.values.buffer);
  }

  /**
   * Chooses output k's gradients of the windows start … end − 1 that are finite, and counts those left out.
   * binOf: the partial's bin of a window of the part.
   */
  choose(k: number, start: number, end: number, target: TargetPartial, binOf: (w: number) => number): void {
    const { prediction, m } = this.source;
    const largest = target.largest[k]!;
    this.count = 0;
    for (let w = start; w < end; w++) {
      const y = prediction[w * m + k]!;
      const squares = this.#squares(k, w);
      if (!Number.isFinite(squares) || !Number.isFinite(y)) {
        this.#leaveOut(k, w, target);
        continue;
      }
      const at = this.count++;
      this.window[at] = w;
      this.bin[at] = binOf(w);
      this.inverse[at] = y === 0 ? 0 : 1 / y;
      this.input[at] = this.inputs.starts[w]! * this.features;
      addPrediction(target, k, y);
      const norm = Math.sqrt(squares);
      if (norm > largest.threshold) {
        const { window, row, time } = this.part;
        largest.add({
          window: window[w]!,
          row: row[w]!,
          time: time?.values[w] ?? 0n,
          norm,
          prediction: y,
        });
      }
    }
  }

  /** Turns the entries from … from + entries − 1 of the chosen gradients of output k. */
  load(k: number, from: number, entries: number): void {
    const { jacobian, m } = this.source;
    const { values, window, count, size } = this;
    const tile = TILE;
    for (let i = 0; i < count; i++) {
      const at = (window[i]! * m + k) * size + from;
      for (let e = 0, to = i; e < entries; e++, to += tile) values[to] = jacobian[at + e]!;
    }
  }

  /** ‖∇y‖² in four sums, which the processor can overlap. */
  #squares(k: number, w: number): number {
    const { jacobian, m } = this.source;
    let at = (w * m + k) * this.size;
    const end = at + this.size;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (; at + 3 < end; at += 4) {
      const s0 = jacobian[at]!;
      const s1 = jacobian[at + 1]!;
      const s2 = jacobian[at + 2]!;
      const s3 = jacobian[at + 3]!;
      a += s0 * s0;
      b += s1 * s1;
      c += s2 * s2;
      d += s3 * s3;
    }
    for (; at < end; at++) a += jacobian[at]! ** 2;
    return a + b + (c + d);
  }

  #leaveOut(k: number, w: number, target: TargetPartial): void {
    const { jacobian, m } = this.source;
    const at = (w * m + k) * this.size;
    target.leftOut[k]! += 1;
    for (let e = 0; e < this.size; e++) {
      if (!Number.isFinite(jacobian[at + e]!)) target.nonfinite[k * this.size + e]! += 1;
    }
  }
}

/** Welford's step. */
function addPrediction(target: TargetPartial, k: number, y: number): void {
  target.count[k]! += 1;
  if (y !== 0) target.nonzero[k]! += 1;
  const delta = y - target.predictionMean[k]!;
  target.predictionMean[k]! += delta / target.count[k]!;
  target.predictionM2[k]! += delta * (y - target.predictionMean[k]!);
}
