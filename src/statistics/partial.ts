import type { Time } from "../shared/series.js";
import { InputMoments } from "./input-moments.js";
import { LargestWindows } from "./largest-windows.js";
import { type StatisticsPlan, type TargetPlan, triangle } from "./plan-statistics.js";
import { Sketch } from "./sketch.js";

/** The statistics of some of a run's windows, in a form that merges. */
export interface PartialStatistics {
  readonly plan: StatisticsPlan;
  /** What computed the Jacobians, `native: avx512` say; of one merged from several, all that did. */
  readonly engines: Set<string>;
  readonly bins: BinStarts;
  readonly inputs: InputMoments;
  readonly targets: readonly TargetPartial[];
}

/** The bins first … first + count − 1, and where the first window seen of each begins. */
export interface BinStarts {
  readonly first: number;
  readonly count: number;
  timeUnit: Time["unit"] | null; // null: no window yet, or a series without times
  readonly position: Float64Array; // [bins]: among the planned windows; −1: none seen
  readonly window: BigInt64Array; // [bins]
  readonly row: BigInt64Array; // [bins]: the window's first row
  readonly time: BigInt64Array; // [bins]: of the window's last row; 0 in a series without times
}

/**
 * One target's part. A gradient (one output's row of one window's Jacobian) whose squared norm or whose prediction
 * is not a finite number is left out whole and counted, so every count below is of gradients, one an output.
 */
export interface TargetPartial {
  readonly plan: TargetPlan;
  readonly count: Float64Array; // [m]: gradients taken in
  readonly leftOut: Float64Array; // [m]
  readonly nonfinite: Float64Array; // [m, T·F]: NaN and infinite entries, among those left out
  readonly mean: Float64Array; // [m, T·F]
  readonly m2: Float64Array; // [m, T·F]: Σ (s − mean)²
  readonly absolute: Float64Array; // [m, T·F]: Σ |s|
  readonly min: Float64Array; // [m, T·F]
  readonly max: Float64Array; // [m, T·F]
  readonly positive: Float64Array; // [m, T·F]: gradients with s > 0
  readonly elasticity: Float64Array; // [m, T·F]: Σ s·x / y over those with y ≠ 0
  readonly nonzero: Float64Array; // [m]: gradients with y ≠ 0
  readonly predictionMean: Float64Array; // [m]
  readonly predictionM2: Float64Array; // [m]
  /** Σ ∇y ∇yᵀ, the lower triangle by rows; of the inputs, or of the features summed over the steps. */
  readonly gram: Float64Array; // [m, triangle]
  readonly binCount: Float64Array; // [bins, m]
  readonly binSum: Float64Array; // [bins, m, T·F]: Σ s
  readonly binSquares: Float64Array; // [bins, m, F]: Σ s² over windows and steps
  readonly sketches: readonly Sketch[]; // [m, T·F], [m, F] or none
  readonly largest: readonly LargestWindows[]; // [m]
}

/** Statistics of no windows yet, with room for these bins. */
export function emptyPartial(plan: StatisticsPlan, first = 0, count = plan.bins): PartialStatistics {
  return {
    plan,
    engines: new Set(),
    bins: {
      first,
      count,
      timeUnit: null,
      position: new Float64Array(count).fill(-1),
      window: new BigInt64Array(count),
      row: new BigInt64Array(count),
      time: new BigInt64Array(count),
    },
    inputs: new InputMoments(plan.steps, plan.features),
    targets: plan.targets.map((target) => emptyTarget(plan, target, count)),
  };
}

function emptyTarget(plan: StatisticsPlan, target: TargetPlan, bins: number): TargetPartial {
  const { m } = target;
  const entries = m * plan.steps * plan.features;
  const sketches = { entry: entries, feature: m * plan.features, none: 0 }[plan.sketches];
  return {
    plan: target,
    count: new Float64Array(m),
    leftOut: new Float64Array(m),
    nonfinite: new Float64Array(entries),
    mean: new Float64Array(entries),
    m2: new Float64Array(entries),
    absolute: new Float64Array(entries),
    min: new Float64Array(entries).fill(Infinity),
    max: new Float64Array(entries).fill(-Infinity),
    positive: new Float64Array(entries),
    elasticity: new Float64Array(entries),
    nonzero: new Float64Array(m),
    predictionMean: new Float64Array(m),
    predictionM2: new Float64Array(m),
    gram: new Float64Array(m * triangle(gramSize(plan, target))),
    binCount: new Float64Array(bins * m),
    binSum: new Float64Array(bins * entries),
    binSquares: new Float64Array(bins * m * plan.features),
    sketches: Array.from({ length: sketches }, () => new Sketch()),
    largest: Array.from({ length: m }, () => new LargestWindows()),
  };
}

/** Rows of the target's gram matrix. */
export function gramSize(plan: StatisticsPlan, target: TargetPlan): number {
  return { input: plan.steps * plan.features, feature: plan.features, none: 0 }[target.gram];
}

/** The numeric arrays of a partial, always in the same order: what its file holds beside sketches. */
export function arraysOf(partial: PartialStatistics): (Float64Array | BigInt64Array)[] {
  const { position, window, row, time } = partial.bins;
  const targets = partial.targets.flatMap((target) => [
    target.count,
    target.leftOut,
    target.nonfinite,
    target.mean,
    target.m2,
    target.absolute,
    target.min,
    target.max,
    target.positive,
    target.elasticity,
    target.nonzero,
    target.predictionMean,
    target.predictionM2,
    target.gram,
    target.binCount,
    target.binSum,
    target.binSquares,
  ]);
  return [position, window, row, time, ...partial.inputs.arrays(), ...targets];
}
