import type { RunSpec } from "../shared/run-spec.js";

/** Windows that a chunk is walked in at a time. */
export const TILE = 72; // nine cache lines of float64, an odd number: rows of a tile fall in different cache sets

/** Windows listed as those of the largest gradients. */
export const LARGEST = 20;

const MOST_BINS = 1024;
const FEWEST_BINS = 32;
const BIN_SUMS = 2 ** 20; // entries · bins: 8 MiB of sums
const MOST_SKETCHES = 8192; // 256 MiB where each holds all it can; a tenth of that is usual
const LARGEST_GRAM = 256; // rows and columns
const GRAM_ENTRIES = 2 ** 20; // all outputs together: 8 MiB

/**
 * What is kept of a run's Jacobians, fixed by the sizes of the run alone. It bounds the memory of a partial and
 * of the reduction, however many windows there are: beside eight numbers an entry of the Jacobian, at most
 * BIN_SUMS sums (more only past 32,768 entries: 32 an entry), MOST_SKETCHES sketches and GRAM_ENTRIES products.
 */
export interface StatisticsPlan {
  readonly steps: number; // T
  readonly features: number; // F
  readonly targets: readonly TargetPlan[];
  readonly windows: number; // planned
  /** Consecutive planned windows of a bin; bin b holds the positions b·binWidth … */
  readonly binWidth: number;
  readonly bins: number;
  /** Quantiles of each entry (output, step, feature); of each output and feature over all steps; or none. */
  readonly sketches: "entry" | "feature" | "none";
}

/** What is kept of one target. */
export interface TargetPlan {
  readonly name: string;
  readonly m: number;
  /** The active subspace is of the T·F inputs; of the F features, summed over the steps; or not kept. */
  readonly gram: "input" | "feature" | "none";
}

/** Plans what is kept of a run's Jacobians, so that it is bounded by their sizes and not by the number of windows. */
export function planStatistics(spec: RunSpec): StatisticsPlan {
  const { steps, features, targets } = spec.layout;
  const outputs = targets.reduce((sum, target) => sum + target.m, 0);
  const entries = outputs * steps * features;
  const bins = Math.max(FEWEST_BINS, Math.min(MOST_BINS, Math.floor(BIN_SUMS / entries)));
  const binWidth = Math.max(1, Math.ceil(spec.plan.count / bins));
  return {
    steps,
    features,
    targets: targets.map(({ name, m }) => ({
      name,
      m,
      gram: gramFits(steps * features, outputs) ? "input" : gramFits(features, outputs) ? "feature" : "none",
    })),
    windows: spec.plan.count,
    binWidth,
    bins: Math.ceil(spec.plan.count / binWidth),
    sketches: entries <= MOST_SKETCHES ? "entry" : outputs * features <= MOST_SKETCHES ? "feature" : "none",
  };
}

function gramFits(size: number, outputs: number): boolean {
  return size <= LARGEST_GRAM && outputs * triangle(size) <= GRAM_ENTRIES;
}

/** Entries of the lower triangle of a symmetric matrix, the diagonal included. */
export function triangle(size: number): number {
  return (size * (size + 1)) / 2;
}
