/** The statistics of the derivatives s = J[w, k, t, f] over windows w, in the order of the summary's columns. */
export const STATISTICS = [
  "n",
  "mean",
  "sd",
  "mean_abs",
  "rms",
  "max_abs",
  "min",
  "q05",
  "q25",
  "median",
  "q75",
  "q95",
  "max",
  "positive",
  "mean_low",
  "mean_high",
  "dgsm",
  "standardised",
  "elasticity",
  "physical",
] as const;

/** The name of a statistic. */
export type Statistic = (typeof STATISTICS)[number];
export type Statistics = Readonly<Record<Statistic, number | null>>; // null: not defined, or not kept

/** Which output a row is of. */
export interface OutputName {
  readonly target: string;
  readonly output: number; // among all of the target's, chosen or not
  readonly output_name?: string; // what the user calls it
}

/** One output × lag × feature. */
export interface EntrySummary extends Statistics, OutputName {
  readonly lag: number; // T − step: lag 1 is the newest row of the window
  readonly step: number;
  readonly feature: string;
  readonly share: number | null; // of the output's Σ mean(s²) over all inputs
  readonly nonfinite: number; // NaN or infinite values, in the gradients left out
}

/** One output × feature, its statistics over all windows and lags alike. */
export interface FeatureSummary extends Statistics, OutputName {
  readonly feature: string;
  readonly share: number | null; // of the output's Σ mean(s²) over all inputs
  readonly total: number | null; // Σ over lags of mean(s): the response to a lasting unit step of the feature
  readonly memory: number | null; // the smallest lag L with Σ_{lag ≤ L} mean(s²) ≥ 95 % of the sum
  readonly peak_lag: number | null; // the lag of the largest mean(s²)
  readonly drift: number | null; // rms of the last quarter of the windows / rms of the first
}

/** Where a window stands. */
export interface WindowPlace {
  readonly window: number;
  readonly row: number; // its first row
  readonly time: string | null; // of its last row, ISO 8601
}

/** The windows of the largest gradients. */
export interface LargeWindowSummary extends WindowPlace {
  readonly norm: number; // ‖∇y‖₂
  readonly prediction: number;
}

/** Consecutive bins of the timeline in which a feature's rms differs from that of the other bins. */
export interface Episode {
  readonly feature: string;
  readonly from: WindowPlace; // the first window of the first bin
  readonly until: WindowPlace | null; // the first window of the next bin; null: to the end
  readonly bins: number;
  readonly score: number; // the robust z-score farthest from 0
  readonly rms: number; // in that bin
  readonly usual: number; // the median bin's rms
}

/** Eigenvalues and -vectors of C = mean(∇y ∇yᵀ) (Constantine 2015). */
export interface ActiveSubspace {
  readonly of: "input" | "feature"; // C over the T·F inputs (step-major), or over the features, summed over steps
  readonly eigenvalues: readonly number[]; // descending
  readonly dimension: number; // before the largest gap between the first eigenvalues
  readonly vectors: readonly (readonly number[])[]; // the leading ones, the largest component positive
  readonly activity: readonly number[]; // Σ_{j ≤ dimension} λ_j v_j²: one score an input, or a feature
}

/** What is told of one output as a whole. */
export interface OutputSummary extends OutputName {
  /** `physical` is per raw unit of the feature, in raw units of this column; null: in the model's own units. */
  readonly unit_of: string | null;
  readonly gradients: number; // windows taken in
  readonly left_out: number; // windows whose gradient or prediction is not finite
  readonly prediction: { readonly mean: number | null; readonly sd: number | null };
  readonly active_subspace: ActiveSubspace | null;
  readonly largest: readonly LargeWindowSummary[];
  readonly episodes: readonly Episode[];
}

/** What a run found: the content of summary.json. It holds no clocks: the same inputs give the same bytes. */
export interface Summary {
  readonly run: string;
  readonly status: "done" | "partial";
  readonly series: string;
  readonly model: string;
  readonly scaler: string | null;
  readonly target: string;
  readonly chosen?: readonly string[]; // --outputs; absent: all of the target's
  readonly precision: "float32" | "float64";
  readonly steps: number; // T
  readonly stride: number;
  readonly windows: {
    readonly total: number;
    readonly skipped: number;
    readonly planned: number;
    readonly computed: number;
    /** Planned but not computed: first and last numbers of runs of windows. */
    readonly missing: readonly { readonly first: number; readonly last: number }[];
  };
  /** Over the rows that the windows cover, as the model sees them. `scale`: raw = scaled · scale + shift. */
  readonly inputs: readonly {
    readonly feature: string;
    readonly sd: number | null;
    readonly range: number | null;
    readonly scale: number | null;
  }[];
  readonly rows: number; // that the windows cover
  readonly bins: { readonly count: number; readonly windows: number }; // of the timeline, and windows of each
  readonly notes: readonly string[];
  readonly outputs: readonly OutputSummary[];
  readonly features: readonly FeatureSummary[];
  /** null where they are too many for JSON: summary.arrow has them all. */
  readonly entries: readonly EntrySummary[] | null;
}
