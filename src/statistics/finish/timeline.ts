import type { PartialStatistics, TargetPartial } from "../partial.js";

const THRESHOLD = 3.5; // Iglewicz & Hoaglin (1993)
const MAD_TO_SD = 1.4826; // of a normal distribution
const MOST_ROWS = 2 ** 18; // of the timeline's file

/** Sensitivity over time: one target, the bins of windows in order. */
export interface Timeline {
  readonly bins: readonly TimelineBin[];
  readonly m: number;
  readonly features: number;
  readonly n: Float64Array; // [bins, m]: gradients
  readonly mean: Float64Array; // [bins, m, F]: over the bin's windows and all steps; NaN in an empty bin
  readonly rms: Float64Array; // [bins, m, F]
  /**
   * How far a bin's rms lies from the median bin's: ln(rms) less its median, in robust standard deviations
   * (1.4826 · the median absolute deviation). The logarithm, since an rms is positive and skewed. NaN where the
   * spread of the bins is 0 or the bin's rms is.
   */
  readonly score: Float64Array; // [bins, m, F]
  readonly usual: Float64Array; // [m, F]: the median bin's rms
}

/** A bin of the timeline: consecutive windows. */
export interface TimelineBin {
  readonly window: bigint; // its first
  readonly row: bigint;
  readonly time: bigint;
}

/** Whether a bin with this score differs from the rest. */
export function differs(score: number): boolean {
  return Math.abs(score) > THRESHOLD;
}

/** The timeline of a target. Bins that no window was computed of are left out. */
export function timelineOf(partial: PartialStatistics, target: TargetPartial): Timeline {
  const { m } = target.plan;
  const { features, steps } = partial.plan;
  const outputs = partial.targets.reduce((sum, { plan }) => sum + plan.m, 0);
  const groups = groupBins(
    partial.bins.position,
    Math.ceil((partial.bins.count * outputs * features) / MOST_ROWS),
  );
  const cells = m * features;
  const n = new Float64Array(groups.length * m);
  const mean = new Float64Array(groups.length * cells);
  const rms = new Float64Array(groups.length * cells);
  for (const [g, bins] of groups.entries()) {
    for (let k = 0; k < m; k++) {
      const count = bins.reduce((sum, bin) => sum + target.binCount[bin * m + k]!, 0);
      n[g * m + k] = count;
      for (let f = 0; f < features; f++) {
        let sum = 0;
        let squares = 0;
        for (const bin of bins) {
          squares += target.binSquares[(bin * m + k) * features + f]!;
          const row = (bin * m + k) * steps * features;
          for (let t = 0; t < steps; t++) sum += target.binSum[row + t * features + f]!;
        }
        mean[(g * m + k) * features + f] = sum / (count * steps); // 0 / 0: NaN
        rms[(g * m + k) * features + f] = Math.sqrt(squares / (count * steps));
      }
    }
  }
  return {
    bins: groups.map(([first = 0]) => ({
      window: partial.bins.window[first]!,
      row: partial.bins.row[first]!,
      time: partial.bins.time[first]!,
    })),
    m,
    features,
    n,
    mean,
    rms,
    ...scores(rms, cells),
  };
}

/** Bins that hold windows, `size` neighbours together. */
function groupBins(position: Float64Array, size: number): number[][] {
  const groups: number[][] = [];
  for (let bin = 0; bin < position.length; bin += size) {
    const held = Array.from({ length: Math.min(size, position.length - bin) }, (_, i) => bin + i).filter(
      (i) => position[i]! >= 0,
    );
    if (held.length > 0) groups.push(held);
  }
  return groups;
}

function scores(rms: Float64Array, cells: number): { score: Float64Array; usual: Float64Array } {
  const score = new Float64Array(rms.length).fill(Number.NaN);
  const usual = new Float64Array(cells).fill(Number.NaN);
  for (let cell = 0; cell < cells; cell++) {
    const column: number[] = [];
    for (let at = cell; at < rms.length; at += cells) if (rms[at]! > 0) column.push(Math.log(rms[at]!));
    if (column.length === 0) continue;
    const centre = median(column);
    const spread = MAD_TO_SD * median(column.map((value) => Math.abs(value - centre)));
    usual[cell] = Math.exp(centre);
    for (let at = cell; at < rms.length; at += cells) {
      if (rms[at]! > 0 && spread > 0) score[at] = (Math.log(rms[at]!) - centre) / spread;
    }
  }
  return { score, usual };
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
