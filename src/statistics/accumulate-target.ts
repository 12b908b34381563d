import type { Part } from "../shared/part.js";
import { addGram, SquareGram } from "./gram.js";
import { gramSize, type PartialStatistics, type TargetPartial } from "./partial.js";
import { type StatisticsPlan, TILE } from "./plan-statistics.js";
import { Tile, type WindowInputs } from "./tile.js";

/**
 * Adds one target of a part to a partial's statistics of it, a tile of windows at a time: an output's gradients are
 * turned to [entry][window] in float64, a block of entries after the other, and everything is computed from there
 * while they are cached. `from`: the position of the part's first window among the planned ones.
 */
export function accumulateTarget(
  partial: PartialStatistics,
  index: number,
  part: Part,
  inputs: WindowInputs,
  from: number,
): void {
  const { plan } = partial;
  const source = part.targets[index]!;
  const target = partial.targets[index]!;
  const size = plan.steps * plan.features;
  const windows = part.window.length;
  const tile = new Tile(part, source, inputs, plan.features, size);
  const binOf = (w: number) => Math.floor((from + w) / plan.binWidth) - partial.bins.first;
  for (let k = 0; k < source.m; k++) {
    const gram = new SquareGram(gramSize(plan, target.plan));
    for (let start = 0; start < windows; start += TILE) {
      tile.choose(k, start, Math.min(start + TILE, windows), target, binOf);
      if (tile.count === 0) continue;
      for (let first = 0; first < size; first += tile.block) {
        const entries = Math.min(tile.block, size - first);
        tile.load(k, first, entries);
        addEntries(plan, target, k, tile, first, entries);
        addGram(gram, tile.values, tile.count, entries);
      }
      for (let i = 0; i < tile.count; i++) target.binCount[tile.bin[i]! * source.m + k]! += 1;
    }
    gram.pack(target.gram, k);
  }
}

/** Adds a tile's block to the statistics of its entries: the tile's moments in two passes, merged by Chan's formula. */
function addEntries(
  plan: StatisticsPlan,
  target: TargetPartial,
  k: number,
  tile: Tile,
  first: number,
  entries: number,
): void {
  const { values, words, inverse, input, bin, count } = tile;
  const { rows } = tile.inputs;
  const { features } = plan;
  const { m } = target.plan;
  const { binSum, binSquares } = target;
  const width = TILE;
  const size = plan.steps * features;
  const total = target.count[k]!; // with this tile
  const ratio = count / total;
  for (let i = 0; i < entries; i++) {
    const e = first + i;
    const f = e % features;
    const at = k * size + e;
    const from = i * width;
    let sum = 0;
    let absolute = 0;
    let elasticity = 0;
    let zeros = 0;
    let negative = 0;
    // Starting from the extremes so far, and counting by the sign bit, keeps the branches predictable.
    let min = target.min[at]!;
    let max = target.max[at]!;
    for (let w = 0; w < count; ) {
      const b = bin[w]!;
      let end = w + 1;
      while (end < count && bin[end] === b) end += 1;
      let binned = 0;
      let squares = 0;
      for (; w < end; w++) {
        const s = values[from + w]!;
        binned += s;
        squares += s * s;
        absolute += Math.abs(s);
        elasticity += s * rows[input[w]! + e]! * inverse[w]!;
        const sign = words[2 * (from + w) + 1]! >>> 31;
        negative += sign;
        if (s === 0) {
          zeros += 1;
          negative -= sign;
        }
        if (s < min) min = s;
        if (s > max) max = s;
      }
      binSum[(b * m + k) * size + e]! += binned;
      binSquares[(b * m + k) * features + f]! += squares;
      sum += binned;
    }
    const mean = sum / count;
    let m2 = 0;
    for (let w = 0; w < count; w++) {
      const d = values[from + w]! - mean;
      m2 += d * d;
    }
    const delta = mean - target.mean[at]!;
    target.mean[at]! += delta * ratio;
    target.m2[at]! += m2 + delta * delta * ratio * (total - count);
    target.absolute[at]! += absolute;
    target.positive[at]! += count - zeros - negative;
    target.elasticity[at]! += elasticity;
    target.min[at] = min;
    target.max[at] = max;
    if (plan.sketches === "entry") target.sketches[at]!.add(words, from, count);
    else if (plan.sketches === "feature") target.sketches[k * features + f]!.add(words, from, count);
  }
}
