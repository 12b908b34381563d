import type { PartialStatistics, TargetPartial } from "../partial.js";
import { gramSize } from "../partial.js";
import { triangle } from "../plan-statistics.js";
import type { Sketch } from "../sketch.js";
import { type ActiveSubspace, STATISTICS, type Statistic } from "../summary.js";
import { activeSubspace } from "./active-subspace.js";
import { meanIntervals } from "./block-bootstrap.js";
import { quantilesOf } from "./quantiles.js";

/** Statistics by name; NaN: not defined, or not kept. */
export type Columns = Readonly<Record<Statistic, Float64Array>>;

/** The statistics of one output, finished. */
export interface FinishedOutput {
  readonly target: number; // among the run's targets
  readonly output: number;
  readonly entries: Columns; // [T·F], step-major
  readonly features: Columns; // [F]: over all steps
  readonly meanSquare: Float64Array; // [T·F]: mean(s²)
  readonly predictionSd: number;
  readonly subspace: ActiveSubspace | null;
}

/** What all outputs share: the inputs as the model sees them, and the units of the raw data. */
export interface InputScale {
  readonly range: Float64Array; // [F]
  readonly sd: Float64Array; // [F]
  readonly unit: Float64Array | null; // [F]: scale_y / scale_f; null without a scaler
}

const QUANTILES = { q05: 0.05, q25: 0.25, median: 0.5, q75: 0.75, q95: 0.95 } as const;

/** Finishes output k of a target. `block`: bins of a bootstrap block. */
export function finishOutput(
  partial: PartialStatistics,
  target: number,
  k: number,
  inputs: InputScale,
  block: number,
): FinishedOutput {
  const { plan } = partial;
  const source = partial.targets[target]!;
  const [T, F] = [plan.steps, plan.features];
  const count = source.count[k]!;
  const predictionSd = Math.sqrt(source.predictionM2[k]! / (count - 1)); // of one prediction 0 / 0: NaN
  const entries = emptyColumns(T * F);
  const features = emptyColumns(F);
  const meanSquare = new Float64Array(T * F);
  for (let e = 0; e < T * F; e++) finishEntry(source, k, e, T * F, entries, meanSquare);
  for (let f = 0; f < F; f++) pool(entries, meanSquare, features, f, T, F);
  setQuantiles(partial, source, k, entries, features);
  setIntervals(partial, source, k, block, entries, features);
  derive(entries, inputs, predictionSd);
  derive(features, inputs, predictionSd);
  const size = gramSize(plan, source.plan);
  const gram = source.gram.subarray(k * triangle(size), (k + 1) * triangle(size));
  return {
    target,
    output: k,
    entries,
    features,
    meanSquare,
    predictionSd,
    subspace: source.plan.gram === "none" ? null : activeSubspace(gram, size, count, source.plan.gram),
  };
}

function emptyColumns(length: number): Columns {
  const columns = STATISTICS.map((name) => [name, new Float64Array(length).fill(Number.NaN)]);
  return Object.fromEntries(columns) as Columns;
}

function finishEntry(
  source: TargetPartial,
  k: number,
  e: number,
  size: number,
  to: Columns,
  meanSquare: Float64Array,
): void {
  const n = source.count[k]!;
  to.n[e] = n;
  if (n === 0) return;
  const at = k * size + e;
  const [mean, m2] = [source.mean[at]!, source.m2[at]!];
  const square = mean * mean + m2 / n; // no cancellation: both are positive
  meanSquare[e] = square;
  to.mean[e] = mean;
  to.mean_abs[e] = source.absolute[at]! / n;
  to.rms[e] = Math.sqrt(square);
  to.min[e] = source.min[at]!;
  to.max[e] = source.max[at]!;
  to.sd[e] = standardDeviation(m2, n, to.min[e]!, to.max[e]!);
  to.max_abs[e] = Math.max(-source.min[at]!, source.max[at]!);
  to.positive[e] = source.positive[at]! / n;
  to.elasticity[e] = source.elasticity[at]! / source.nonzero[k]!;
}

/** The statistics of a feature over all its steps, from those of the steps: equal counts, so means are averages. */
function pool(
  entries: Columns,
  meanSquare: Float64Array,
  to: Columns,
  f: number,
  T: number,
  F: number,
): void {
  const steps = Array.from({ length: T }, (_, t) => t * F + f);
  const average = (values: Float64Array) => steps.reduce((sum, e) => sum + values[e]!, 0) / T;
  const n = entries.n[f]! * T;
  to.n[f] = n;
  if (n === 0) return;
  const mean = average(entries.mean);
  const perStep = entries.n[f]!;
  const m2 = steps.reduce((sum, e) => {
    const within = perStep > 1 ? entries.sd[e]! ** 2 * (perStep - 1) : 0;
    return sum + within + perStep * (entries.mean[e]! - mean) ** 2;
  }, 0);
  to.mean[f] = mean;
  to.mean_abs[f] = average(entries.mean_abs);
  to.rms[f] = Math.sqrt(average(meanSquare));
  to.min[f] = steps.reduce((least, e) => Math.min(least, entries.min[e]!), Infinity);
  to.max[f] = steps.reduce((most, e) => Math.max(most, entries.max[e]!), -Infinity);
  to.sd[f] = standardDeviation(m2, n, to.min[f]!, to.max[f]!);
  to.max_abs[f] = Math.max(-to.min[f]!, to.max[f]!);
  to.positive[f] = average(entries.positive);
  to.elasticity[f] = average(entries.elasticity);
}

/** 0 of equal values, whatever their mean was rounded to; of one value 0 / 0: NaN. */
function standardDeviation(m2: number, n: number, min: number, max: number): number {
  return Math.sqrt((min === max ? 0 : m2) / (n - 1));
}

function setQuantiles(
  { plan }: PartialStatistics,
  source: TargetPartial,
  k: number,
  entries: Columns,
  features: Columns,
): void {
  const [T, F] = [plan.steps, plan.features];
  const set = (to: Columns, at: number, sketches: readonly Sketch[]) => {
    const values = quantilesOf(sketches, Object.values(QUANTILES), to.min[at]!, to.max[at]!);
    for (const [i, name] of Object.keys(QUANTILES).entries()) to[name as Statistic][at] = values[i]!;
  };
  if (plan.sketches === "entry") {
    const sketches = source.sketches.slice(k * T * F, (k + 1) * T * F);
    for (const [e, sketch] of sketches.entries()) set(entries, e, [sketch]);
    for (let f = 0; f < F; f++)
      set(
        features,
        f,
        sketches.filter((_, e) => e % F === f),
      );
  } else if (plan.sketches === "feature") {
    for (let f = 0; f < F; f++) set(features, f, [source.sketches[k * F + f]!]);
  }
}

function setIntervals(
  { plan, bins }: PartialStatistics,
  source: TargetPartial,
  k: number,
  block: number,
  entries: Columns,
  features: Columns,
): void {
  const { m } = source.plan;
  const [T, F] = [plan.steps, plan.features];
  const size = T * F;
  const columns = size + F; // each entry, then each feature over all steps
  const sums = new Float64Array(bins.count * columns);
  const counts = new Float64Array(bins.count);
  for (let bin = 0; bin < bins.count; bin++) {
    const row = (bin * m + k) * size;
    const to = bin * columns;
    counts[bin] = source.binCount[bin * m + k]!;
    for (let e = 0; e < size; e++) {
      sums[to + e] = source.binSum[row + e]!;
      sums[to + size + (e % F)]! += source.binSum[row + e]! / T;
    }
  }
  const { low, high } = meanIntervals({ sums, counts, columns }, block);
  entries.mean_low.set(low.subarray(0, size));
  entries.mean_high.set(high.subarray(0, size));
  features.mean_low.set(low.subarray(size));
  features.mean_high.set(high.subarray(size));
}

/** What follows from the mean and rms and the spread of inputs and output. */
function derive(columns: Columns, { range, sd, unit }: InputScale, predictionSd: number): void {
  const F = range.length;
  for (let i = 0; i < columns.n.length; i++) {
    const f = i % F;
    columns.dgsm[i] = (columns.rms[i]! ** 2 * range[f]! ** 2) / (Math.PI ** 2 * predictionSd ** 2);
    columns.standardised[i] = (columns.mean[i]! * sd[f]!) / predictionSd;
    if (unit) columns.physical[i] = columns.mean[i]! * unit[f]!;
  }
}
