import { setImmediate } from "node:timers/promises";
import { isAttribution } from "../../shared/options/method-options.js";
import type { RunSpec } from "../../shared/run-spec.js";
import type { PartialStatistics } from "../partial.js";
import { OF_DERIVATIVES } from "../summary.js";
import { type FinishedOutput, finishOutput } from "./finish-output.js";
import { type Timeline, timelineOf } from "./timeline.js";

/** All statistics of a run, finished, as arrays. */
export interface FinishedRun {
  readonly partial: PartialStatistics;
  readonly outputs: readonly FinishedOutput[];
  readonly timelines: readonly Timeline[]; // one a target
  readonly rows: number; // that the computed windows cover
  readonly range: Float64Array; // [F]: of the inputs over them
  readonly sd: Float64Array; // [F]
  readonly unit: readonly OutputUnit[]; // one a target
}

/** What a target's values are in the units of the raw data. */
export interface OutputUnit {
  readonly scale: number; // scale_y
  readonly column: string | null; // the scaler's column it is of; null: the target is taken as it is
}

/**
 * Finishes what the partial statistics of a whole run give. Between outputs the event loop has its turn, and with it
 * the queue's locks; rejects with the signal's reason when aborted.
 */
export async function finishRun(
  partial: PartialStatistics,
  spec: RunSpec,
  signal?: AbortSignal,
): Promise<FinishedRun> {
  const { rows, range, sd } = partial.inputs.finish();
  const unit = spec.layout.targets.map((target) => outputUnit(spec, target));
  const block = blockLength(partial, spec.plan.stride);
  const outputs: FinishedOutput[] = [];
  for (const [t, { plan }] of partial.targets.entries()) {
    const inputs = { range, sd, unit: rawUnits(spec, unit[t]!) };
    for (let k = 0; k < plan.m; k++) {
      const finished = finishOutput(partial, t, k, inputs, block);
      outputs.push(isAttribution(spec.options.method) ? ofAttributions(finished) : finished);
      await setImmediate();
      signal?.throwIfAborted();
    }
  }
  const timelines = partial.targets.map((target) => timelineOf(partial, target));
  return { partial, outputs, timelines, rows, range, sd, unit };
}

/** What is said of derivatives is not defined of attributions. */
function ofAttributions(output: FinishedOutput): FinishedOutput {
  for (const name of OF_DERIVATIVES) {
    output.entries[name].fill(Number.NaN);
    output.features[name].fill(Number.NaN);
  }
  return { ...output, subspace: null };
}

/**
 * Bins of a block of the bootstrap: as many windows as overlap one another, at least the cube root of all (the
 * order that is best for a mean), and two bins where bins are wider than a window, so that blocks overlap too.
 */
function blockLength({ plan }: PartialStatistics, stride: number): number {
  const windows = Math.max(Math.ceil(plan.steps / stride), Math.ceil(Math.cbrt(plan.windows)));
  return Math.max(Math.ceil(windows / plan.binWidth), plan.binWidth > 1 ? 2 : 1);
}

/** A target that has one value, and is named as a column of the scaler, is a value of that column. */
function outputUnit(
  { scaler }: RunSpec,
  { name, m, numbers }: RunSpec["layout"]["targets"][number],
): OutputUnit {
  const at = m === 1 && numbers === null ? (scaler?.columns.indexOf(name) ?? -1) : -1;
  return at < 0 ? { scale: 1, column: null } : { scale: scaler!.scale[at]!, column: name };
}

/** scale_y / scale_f of each feature; null without a scaler. */
function rawUnits({ scaler, columns }: RunSpec, { scale }: OutputUnit): Float64Array | null {
  if (scaler === null) return null;
  return Float64Array.from(columns, (column) => scale / (scaler.scale[scaler.columns.indexOf(column)] ?? 1));
}
