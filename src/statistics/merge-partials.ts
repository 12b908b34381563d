import { emptyPartial, type PartialStatistics, type TargetPartial } from "./partial.js";

/**
 * Merges the statistics of later windows into those of earlier ones, in place, and returns them. Moments by
 * Chan, Golub & LeVeque (1979); all else adds up. To be called in the order of the chunks: the sums are then
 * the same however the chunks were computed.
 */
export function mergePartials(into: PartialStatistics, later: PartialStatistics): PartialStatistics {
  if (!covers(into, later)) return mergePartials(mergePartials(covering(into, later), into), later);
  const offset = later.bins.first - into.bins.first;
  for (const engine of later.engines) into.engines.add(engine);
  mergeBinStarts(into, later, offset);
  into.inputs.merge(later.inputs);
  for (const [t, target] of into.targets.entries()) mergeTarget(target, later.targets[t]!, offset, into.plan);
  return into;
}

function mergeBinStarts(
  { bins: into }: PartialStatistics,
  { bins: later }: PartialStatistics,
  offset: number,
): void {
  into.timeUnit ??= later.timeUnit;
  for (let b = 0; b < later.count; b++) {
    if (into.position[offset + b]! >= 0 || later.position[b]! < 0) continue;
    into.position[offset + b] = later.position[b]!;
    into.window[offset + b] = later.window[b]!;
    into.row[offset + b] = later.row[b]!;
    into.time[offset + b] = later.time[b]!;
  }
}

function mergeTarget(
  into: TargetPartial,
  later: TargetPartial,
  offset: number,
  { steps, features }: PartialStatistics["plan"],
): void {
  const { m } = into.plan;
  const size = steps * features;
  mergeMoments(into.count, later.count, into.mean, into.m2, later.mean, later.m2, size);
  mergeMoments(
    into.count,
    later.count,
    into.predictionMean,
    into.predictionM2,
    later.predictionMean,
    later.predictionM2,
    1,
  );
  add(into.count, later.count);
  add(into.leftOut, later.leftOut);
  add(into.nonfinite, later.nonfinite);
  add(into.absolute, later.absolute);
  add(into.positive, later.positive);
  add(into.elasticity, later.elasticity);
  add(into.nonzero, later.nonzero);
  add(into.gram, later.gram);
  add(into.binCount, later.binCount, offset * m);
  add(into.binSum, later.binSum, offset * m * size);
  add(into.binSquares, later.binSquares, offset * m * features);
  for (let i = 0; i < into.min.length; i++) {
    into.min[i] = Math.min(into.min[i]!, later.min[i]!);
    into.max[i] = Math.max(into.max[i]!, later.max[i]!);
  }
  for (const [i, sketch] of into.sketches.entries()) sketch.merge(later.sketches[i]!);
  for (const [k, windows] of into.largest.entries()) windows.merge(later.largest[k]!);
}

/** Means and sums of squared deviations [m, size] of counts a and b [m]. */
function mergeMoments(
  a: Float64Array,
  b: Float64Array,
  mean: Float64Array,
  m2: Float64Array,
  laterMean: Float64Array,
  laterM2: Float64Array,
  size: number,
): void {
  for (let i = 0; i < mean.length; i++) {
    const k = Math.floor(i / size);
    if (b[k] === 0) continue;
    const ratio = b[k]! / (a[k]! + b[k]!);
    const delta = laterMean[i]! - mean[i]!;
    mean[i]! += delta * ratio;
    m2[i]! += laterM2[i]! + delta * delta * ratio * a[k]!;
  }
}

function add(into: Float64Array, later: Float64Array, offset = 0): void {
  for (let i = 0; i < later.length; i++) into[offset + i]! += later[i]!;
}

function covers({ bins: a }: PartialStatistics, { bins: b }: PartialStatistics): boolean {
  return b.count === 0 || (a.first <= b.first && b.first + b.count <= a.first + a.count);
}

/** An empty partial with room for the bins of both. */
function covering({ plan, bins: a }: PartialStatistics, { bins: b }: PartialStatistics): PartialStatistics {
  const first = a.count === 0 ? b.first : Math.min(a.first, b.first);
  const end = a.count === 0 ? b.first + b.count : Math.max(a.first + a.count, b.first + b.count);
  return emptyPartial(plan, first, end - first);
}
