import { TILE, triangle } from "./plan-statistics.js";

/** Σ g gᵀ of one output's gradients g, being summed: by inputs, or by features where the inputs are too many. */
export class SquareGram {
  readonly size: number;
  readonly side: number; // size, to the next multiple of 4
  readonly sums: Float64Array; // [side, side]: valid at and below the diagonal

  constructor(size: number) {
    this.size = size;
    this.side = Math.ceil(size / 4) * 4;
    this.sums = new Float64Array(this.side * this.side);
  }

  /** Writes the lower triangle as output k's. */
  pack(to: Float64Array, k: number): void {
    let at = k * triangle(this.size);
    for (let i = 0; i < this.size; i++) {
      for (let j = 0; j <= i; j++) to[at++] = this.sums[i * this.side + j]!;
    }
  }
}

/**
 * Adds the gradients of a tile, values [entries, TILE] with `count` windows and zeros up to a multiple of four
 * entries. A gram by features gets blocks of whole steps, which fold onto it: entry e is feature e mod size.
 */
export function addGram(gram: SquareGram, values: Float64Array, count: number, entries: number): void {
  if (gram.size === entries) addBlocks(gram, values, count);
  else if (gram.size > 0) addFolded(gram, values, count, entries);
}

/** Four rows by two columns at a time: eight sums in registers for six numbers loaded. */
function addBlocks({ side, sums }: SquareGram, values: Float64Array, count: number): void {
  for (let i = 0; i < side; i += 4) {
    for (let j = 0; j < i + 4; j += 2) {
      let a0 = i * TILE;
      let a1 = a0 + TILE;
      let a2 = a1 + TILE;
      let a3 = a2 + TILE;
      let b0 = j * TILE;
      let b1 = b0 + TILE;
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      let s20 = 0;
      let s21 = 0;
      let s30 = 0;
      let s31 = 0;
      for (let w = 0; w < count; w++, a0++, a1++, a2++, a3++, b0++, b1++) {
        const p0 = values[b0]!;
        const p1 = values[b1]!;
        const q0 = values[a0]!;
        const q1 = values[a1]!;
        const q2 = values[a2]!;
        const q3 = values[a3]!;
        s00 += q0 * p0;
        s01 += q0 * p1;
        s10 += q1 * p0;
        s11 += q1 * p1;
        s20 += q2 * p0;
        s21 += q2 * p1;
        s30 += q3 * p0;
        s31 += q3 * p1;
      }
      const at = i * side + j;
      sums[at]! += s00;
      sums[at + 1]! += s01;
      sums[at + side]! += s10;
      sums[at + side + 1]! += s11;
      sums[at + 2 * side]! += s20;
      sums[at + 2 * side + 1]! += s21;
      sums[at + 3 * side]! += s30;
      sums[at + 3 * side + 1]! += s31;
    }
  }
}

/** By feature: Σ over steps of the products of entries of the same step. */
function addFolded(
  { size, side, sums }: SquareGram,
  values: Float64Array,
  count: number,
  entries: number,
): void {
  for (let step = 0; step < entries; step += size) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        const a = (step + i) * TILE;
        const b = (step + j) * TILE;
        let sum = 0;
        for (let w = 0; w < count; w++) sum += values[a + w]! * values[b + w]!;
        sums[i * side + j]! += sum;
      }
    }
  }
}
