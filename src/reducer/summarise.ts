import type { CommittedChunk } from "../shared/committed-chunks.js";
import { isAttribution, methodOf } from "../shared/options/method-options.js";
import { stepOf, windowsOf } from "../shared/plan.js";
import { chunkAt, type RunSpec } from "../shared/run-spec.js";
import { episodesOf } from "../statistics/finish/episodes.js";
import { featureTotals } from "../statistics/finish/feature-totals.js";
import type { Columns, FinishedOutput } from "../statistics/finish/finish-output.js";
import type { FinishedRun } from "../statistics/finish/finish-run.js";
import {
  type EntrySummary,
  type FeatureSummary,
  type OutputSummary,
  STATISTICS,
  type Statistics,
  type Summary,
} from "../statistics/summary.js";
import { outputOf } from "./output-label.js";
import { placeOf } from "./place-of.js";

const MOST_ENTRIES = 20_000; // in JSON

/** The summary of a run from its finished statistics. */
export function summarise(run: FinishedRun, spec: RunSpec, chunks: readonly CommittedChunk[]): Summary {
  const { partial, outputs } = run;
  const { plan } = spec;
  const computed = chunks.reduce((sum, { count }) => sum + count, 0);
  return {
    run: spec.run,
    status: computed === plan.count ? "done" : "partial",
    series: spec.inputs.series.name,
    model: spec.inputs.model.name,
    scaler: spec.inputs.scaler?.name ?? null,
    target: spec.options.target,
    ...(spec.options.outputs !== null && { chosen: spec.options.outputs }),
    method: methodOf(spec.options),
    precision: spec.layout.precision,
    steps: plan.steps,
    stride: plan.stride,
    windows: {
      total: plan.total,
      skipped: plan.skipped,
      planned: plan.count,
      computed,
      missing: missingWindows(spec, chunks),
    },
    inputs: spec.columns.map((feature, f) => ({
      feature,
      sd: finite(run.sd[f]!),
      range: finite(run.range[f]!),
      scale: spec.scaler ? (spec.scaler.scale[spec.scaler.columns.indexOf(feature)] ?? null) : null,
    })),
    rows: run.rows,
    bins: { count: partial.plan.bins, windows: partial.plan.binWidth },
    notes: [...modeNotes(spec), ...notesOf(run, isAttribution(spec.options.method))],
    outputs: outputs.map((output) => outputSummary(run, spec, output)),
    features: outputs.flatMap((output) => featureSummaries(run, spec, output)),
    entries:
      outputs.length * plan.steps * spec.columns.length > MOST_ENTRIES
        ? null
        : outputs.flatMap((output) => entrySummaries(run, spec, output)),
  };
}

/** summary.json: a line for each output, feature and entry; keys in a fixed order. */
export function encodeSummary(summary: Summary): Uint8Array {
  const lines = Object.entries(summary).map(([key, value]) => {
    const rows = Array.isArray(value) && value.length > 0 && typeof value[0] === "object";
    const text = rows
      ? `[\n    ${value.map((row) => JSON.stringify(row)).join(",\n    ")}\n  ]`
      : JSON.stringify(value);
    return `  ${JSON.stringify(key)}: ${text}`;
  });
  return Buffer.from(`{\n${lines.join(",\n")}\n}\n`);
}

function outputSummary(run: FinishedRun, spec: RunSpec, finished: FinishedOutput): OutputSummary {
  const { target: t, output: k, predictionSd, subspace } = finished;
  const source = run.partial.targets[t]!;
  const { timeUnit } = run.partial.bins;
  return {
    ...outputOf(spec, finished),
    unit_of: run.unit[t]!.column,
    gradients: source.count[k]!,
    left_out: source.leftOut[k]!,
    prediction: {
      mean: source.count[k]! > 0 ? source.predictionMean[k]! : null,
      sd: finite(predictionSd),
    },
    active_subspace: subspace,
    largest: source.largest[k]!.list.map((window) => ({
      ...placeOf(window, timeUnit),
      norm: window.norm,
      prediction: window.prediction,
    })),
    episodes: episodesOf(run.timelines[t]!, k, spec.columns, (bin) => placeOf(bin, timeUnit)),
  };
}

function featureSummaries(run: FinishedRun, spec: RunSpec, finished: FinishedOutput): FeatureSummary[] {
  const totals = featureTotals(finished, run.partial);
  return spec.columns.map((feature, f) => ({
    ...outputOf(spec, finished),
    feature,
    ...statisticsAt(finished.features, f),
    share: finite(totals.share[f]!),
    total: finite(totals.total[f]!),
    memory: finite(totals.memory[f]!),
    peak_lag: finite(totals.peakLag[f]!),
    drift: finite(totals.drift[f]!),
  }));
}

function entrySummaries(run: FinishedRun, spec: RunSpec, finished: FinishedOutput): EntrySummary[] {
  const { steps: T, features: F } = run.partial.plan;
  const { nonfinite } = run.partial.targets[finished.target]!;
  const total = finished.meanSquare.reduce((sum, value) => sum + value, 0);
  const rows: EntrySummary[] = [];
  for (let lag = 1; lag <= T; lag++) {
    for (let f = 0; f < F; f++) {
      const e = stepOf(lag, T) * F + f;
      rows.push({
        ...outputOf(spec, finished),
        lag,
        step: stepOf(lag, T),
        feature: spec.columns[f]!,
        ...statisticsAt(finished.entries, e),
        share: finite(finished.meanSquare[e]! / total),
        nonfinite: nonfinite[finished.output * T * F + e]!,
      });
    }
  }
  return rows;
}

function statisticsAt(columns: Columns, i: number): Statistics {
  return Object.fromEntries(STATISTICS.map((name) => [name, finite(columns[name][i]!)])) as Statistics;
}

/** JSON knows no NaN and no infinity. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** The planned windows of the chunks that are not there, as runs of consecutive numbers. */
function missingWindows(spec: RunSpec, chunks: readonly CommittedChunk[]): { first: number; last: number }[] {
  const present = new Set(chunks.map(({ index }) => index));
  const runs: { first: number; last: number }[] = [];
  for (let index = 0; index < spec.chunks; index++) {
    if (present.has(index)) continue;
    for (const window of windowsOf(spec.plan, chunkAt(spec, index))) {
      const run = runs.at(-1);
      if (run && run.last + 1 === window) run.last = window;
      else runs.push({ first: window, last: window });
    }
  }
  return runs;
}

/** Of what the numbers are, where that is not all that the parts hold. */
function modeNotes({ options }: RunSpec): string[] {
  if (options.mode !== "full") return [];
  return [
    "In mode full the parts hold each window's derivatives by the inputs of every planned window; the statistics are of those by its own inputs, the others being 0.",
  ];
}

/** What a reader of the numbers should know: what was left out, and what was not kept for size. */
function notesOf({ partial, outputs }: FinishedRun, attributions: boolean): string[] {
  const { plan, targets } = partial;
  const notes: string[] = [];
  const leftOut = targets.reduce((sum, target) => sum + target.leftOut.reduce((a, b) => a + b, 0), 0);
  if (leftOut > 0) {
    notes.push(
      `${leftOut} gradients with NaN or infinite entries, or a prediction that is neither finite, are left out of every statistic.`,
    );
  }
  if (plan.sketches === "feature")
    notes.push(
      "Quantiles are kept by output and feature over all lags: there are too many lags and outputs to keep each.",
    );
  if (plan.sketches === "none")
    notes.push("Quantiles are not kept: there are too many outputs and features.");
  const grams = new Set(attributions ? [] : targets.map((target) => target.plan.gram));
  if (grams.has("feature"))
    notes.push(
      "The active subspace is of the features, summed over the steps of the window: the window has too many inputs for one of each.",
    );
  if (grams.has("none"))
    notes.push("The active subspace is not kept: there are too many features or outputs.");
  if (outputs.some(({ entries }) => Number.isNaN(entries.mean_low[0]!) && entries.n[0]! > 1)) {
    notes.push(
      "There is no interval of the mean where the windows are fewer than two blocks of the bootstrap.",
    );
  }
  return notes;
}
