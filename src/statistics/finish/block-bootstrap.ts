import { randomNumbers } from "../../shared/random-numbers.js";

const RESAMPLES = 1000;
const TILE = 64; // columns resampled at once: their block sums stay in the cache

/** Sums of consecutive windows. */
export interface BinSums {
  readonly sums: Float64Array; // [bins, columns]
  readonly counts: Float64Array; // [bins]: values in each sum, the same for every column; 0: an empty bin
  readonly columns: number;
}

/**
 * The 95 % interval of each column's mean by the moving-block bootstrap (Künsch 1989): blocks of `block`
 * consecutive bins are drawn with replacement until they are as many bins as there are, 1,000 times, and the
 * interval is that of the resampled means, centred as Lahiri (1992) has it (the first and last bins are in fewer
 * blocks). Seeded: the same sums give the same interval, and all columns see the same draws. NaN where the bins
 * are fewer than two blocks.
 */
export function meanIntervals(
  { sums, counts, columns }: BinSums,
  block: number,
): { low: Float64Array; high: Float64Array } {
  const low = new Float64Array(columns).fill(Number.NaN);
  const high = new Float64Array(columns).fill(Number.NaN);
  const held = Int32Array.from(counts.keys()).filter((bin) => counts[bin]! > 0);
  if (held.length < 2 * block) return { low, high };
  const places = held.length - block + 1; // where a block may begin
  const blocks = Math.ceil(held.length / block);
  const blockCounts = slide(counts, held, block, 1, 0, 1);
  const draws = drawPlaces(RESAMPLES * blocks, places);
  for (let from = 0; from < columns; from += TILE) {
    const width = Math.min(TILE, columns - from);
    const blockSums = slide(sums, held, block, columns, from, width);
    const means = resample(blockSums, width, blockCounts, draws, blocks);
    for (let c = 0; c < width; c++) {
      const resampled = means.subarray(c * RESAMPLES, (c + 1) * RESAMPLES);
      const shift = ratio(sums, counts, columns, from + c) - ratio(blockSums, blockCounts, width, c);
      low[from + c] = quantile(resampled, 0.025) + shift;
      high[from + c] = quantile(resampled, 0.975) + shift;
    }
  }
  return { low, high };
}

/** Means [columns, RESAMPLES] of the drawn blocks. */
function resample(
  blockSums: Float64Array,
  width: number,
  blockCounts: Float64Array,
  draws: Uint32Array,
  blocks: number,
): Float64Array {
  const means = new Float64Array(width * RESAMPLES);
  const total = new Float64Array(width);
  for (let r = 0; r < RESAMPLES; r++) {
    total.fill(0);
    let count = 0;
    for (let b = 0; b < blocks; b++) {
      const place = draws[r * blocks + b]!;
      count += blockCounts[place]!;
      for (let c = 0, at = place * width; c < width; c++, at++) total[c]! += blockSums[at]!;
    }
    for (let c = 0; c < width; c++) means[c * RESAMPLES + r] = total[c]! / count;
  }
  return means;
}

/** Sums [places, width] over each run of `block` of the bins held, of the columns from … from + width − 1. */
function slide(
  sums: Float64Array,
  held: Int32Array,
  block: number,
  columns: number,
  from: number,
  width: number,
): Float64Array {
  const slid = new Float64Array((held.length - block + 1) * width);
  for (let to = 0, p = 0; to < slid.length; to += width, p++) {
    for (let i = p; i < p + block; i++) {
      const row = held[i]! * columns + from;
      for (let c = 0; c < width; c++) slid[to + c]! += sums[row + c]!;
    }
  }
  return slid;
}

/** The sum of a column over that of the counts. */
function ratio(sums: Float64Array, counts: Float64Array, columns: number, column: number): number {
  let sum = 0;
  let count = 0;
  for (let row = 0; row < counts.length; row++) {
    sum += sums[row * columns + column]!;
    count += counts[row]!;
  }
  return sum / count;
}

/** The quantile, between ranks by proportion. Reorders the values: sorting them whole would take ten times as long. */
function quantile(values: Float64Array, level: number): number {
  const rank = level * (values.length - 1);
  const below = Math.floor(rank);
  const lower = select(values, below);
  let upper = below + 1 < values.length ? Number.POSITIVE_INFINITY : lower;
  for (let i = below + 1; i < values.length; i++) if (values[i]! < upper) upper = values[i]!;
  return lower + (rank - below) * (upper - lower);
}

/** The value of rank k, put in its place, no larger one before it and no smaller one behind (Hoare's selection). */
function select(values: Float64Array, k: number): number {
  let from = 0;
  let to = values.length - 1;
  while (from < to) {
    const pivot = values[(from + to) >> 1]!;
    let i = from;
    let j = to;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const held = values[i]!;
      values[i++] = values[j]!;
      values[j--] = held;
    }
    if (k <= j) to = j;
    else if (k >= i) from = i;
    else break;
  }
  return values[k]!;
}

/** `count` places below `places`, the same ones each time. */
function drawPlaces(count: number, places: number): Uint32Array {
  const random = randomNumbers(0);
  return new Uint32Array(count).map(() => Math.floor(random() * places));
}
