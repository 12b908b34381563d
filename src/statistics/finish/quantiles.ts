import { bucketValue, type Sketch } from "../sketch.js";

/**
 * Quantiles of all the values in some sketches, each with the sketch's relative accuracy, interpolated between the
 * two neighbouring values as NumPy does. `levels` ascend; min and max are exact and bound the result. NaN of nothing.
 */
export function quantilesOf(
  sketches: readonly Sketch[],
  levels: readonly number[],
  min: number,
  max: number,
): number[] {
  const buckets = orderedBuckets(sketches);
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  const within = (value: number) => Math.min(max, Math.max(min, value));
  let at = 0;
  let before = 0; // values in the buckets ahead of `at`
  return levels.map((level) => {
    if (total === 0) return Number.NaN;
    const rank = level * (total - 1);
    while (before + buckets[at]!.count <= rank) before += buckets[at++]!.count;
    const lower = within(buckets[at]!.value);
    const beyond = Math.floor(rank) + 1 < before + buckets[at]!.count ? at : at + 1;
    const upper = within(buckets[Math.min(beyond, buckets.length - 1)]!.value);
    return lower + (rank - Math.floor(rank)) * (upper - lower);
  });
}

/** The buckets that hold anything, by value. */
function orderedBuckets(sketches: readonly Sketch[]): { value: number; count: number }[] {
  const held = sketches.filter(({ width }) => width > 0);
  const low = Math.min(...held.map((sketch) => sketch.low));
  const width = held.length === 0 ? 0 : Math.max(...held.map((sketch) => sketch.low + sketch.width)) - low;
  const counts = new Float64Array(2 * width); // [negative then positive, width]
  for (const sketch of held) {
    for (let slot = 0; slot < sketch.width; slot++) {
      const to = sketch.low + slot - low;
      counts[width + to]! += sketch.counts[slot]!;
      counts[width - 1 - to]! += sketch.counts[slot + sketch.width]!; // the largest magnitude first
    }
  }
  const buckets: { value: number; count: number }[] = [];
  const zeros = sketches.reduce((sum, sketch) => sum + sketch.zeros, 0);
  for (let i = 0; i < counts.length; i++) {
    if (i === width && zeros > 0) buckets.push({ value: 0, count: zeros });
    if (counts[i] === 0) continue;
    const value = i < width ? -bucketValue(low + width - 1 - i) : bucketValue(low + i - width);
    buckets.push({ value, count: counts[i]! });
  }
  if (counts.length === 0 && zeros > 0) buckets.push({ value: 0, count: zeros });
  return buckets;
}
