import { stepOf } from "../../shared/plan.js";
import type { PartialStatistics } from "../partial.js";
import type { FinishedOutput } from "./finish-output.js";

const MEMORY = 0.95;

/** Of one output, per feature; NaN: not defined. */
export interface FeatureTotals {
  readonly share: Float64Array; // [F]: of Σ mean(s²) over all inputs
  readonly total: Float64Array; // [F]: Σ over lags of mean(s)
  readonly memory: Float64Array; // [F]: the smallest lag L with Σ_{lag ≤ L} mean(s²) ≥ 95 % of the sum
  readonly peakLag: Float64Array; // [F]: of the largest mean(s²)
  readonly drift: Float64Array; // [F]: rms of the last quarter of the windows / rms of the first
}

/** What is told of each of an output's features over all its lags. */
export function featureTotals(
  { target, output, entries, meanSquare }: FinishedOutput,
  partial: PartialStatistics,
): FeatureTotals {
  const { steps: T, features: F } = partial.plan;
  const totals: FeatureTotals = {
    share: new Float64Array(F).fill(Number.NaN),
    total: new Float64Array(F),
    memory: new Float64Array(F).fill(Number.NaN),
    peakLag: new Float64Array(F).fill(Number.NaN),
    drift: new Float64Array(F),
  };
  const all = meanSquare.reduce((sum, value) => sum + value, 0);
  for (let f = 0; f < F; f++) {
    const byLag = Array.from({ length: T }, (_, i) => meanSquare[stepOf(1 + i, T) * F + f]!); // lag 1 first
    const sum = byLag.reduce((a, b) => a + b, 0);
    totals.share[f] = sum / all;
    for (let t = 0; t < T; t++) totals.total[f]! += entries.mean[t * F + f]!;
    totals.drift[f] = drift(partial, target, output, f);
    if (!(sum > 0)) continue; // no sensitivity: no memory of it, no peak
    totals.memory[f] = lagsThatHold(byLag, MEMORY * sum);
    totals.peakLag[f] = 1 + byLag.indexOf(Math.max(...byLag));
  }
  return totals;
}

function lagsThatHold(byLag: readonly number[], wanted: number): number {
  let held = 0;
  for (const [i, value] of byLag.entries()) {
    held += value;
    if (held >= wanted) return i + 1;
  }
  return byLag.length;
}

function drift({ plan, bins, targets }: PartialStatistics, target: number, k: number, f: number): number {
  const source = targets[target]!;
  const { m } = source.plan;
  const quarter = Math.floor(plan.bins / 4);
  const meanSquare = (from: number, to: number) => {
    let squares = 0;
    let count = 0;
    for (let bin = from; bin < to; bin++) {
      squares += source.binSquares[(bin * m + k) * plan.features + f]!;
      count += source.binCount[bin * m + k]!;
    }
    return squares / count;
  };
  return Math.sqrt(meanSquare(bins.count - quarter, bins.count) / meanSquare(0, quarter));
}
