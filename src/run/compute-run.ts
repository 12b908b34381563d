import { availableParallelism } from "node:os";
import type { SubmitOptions } from "../shared/options/option-values.js";
import { SUBMIT_OPTIONS } from "../shared/options/submit-options.js";
import { Phases } from "../shared/phases.js";
import type { RunFolder } from "../shared/run-folder.js";
import { type ExecuteOptions, type Outcome, runEmbedded } from "./execute-run.js";
import { prepareRun } from "./prepare-run.js";

/** The options of a submission, and how it is carried out. */
export interface ComputeOptions extends SubmitOptions, Partial<Omit<ExecuteOptions, "loaded">> {
  /** The folder that holds runs; default `jac-runs`. */
  readonly out?: string;
}

/**
 * The whole of `jac submit` without a queue: the Jacobians of the series at this path, in a folder of `out`. A run
 * that was computed before is not computed again. Throws a UserError for inputs that do not fit.
 */
export async function computeRun(
  seriesPath: string,
  options: ComputeOptions = {},
): Promise<{ readonly folder: RunFolder; readonly outcome: Outcome }> {
  const { out = SUBMIT_OPTIONS.out.default, phases = new Phases() } = options;
  const { folder, whole, store } = await prepareRun(seriesPath, options, out, phases);
  if (whole !== null) return { folder, outcome: { kind: "ended", manifest: whole } };
  const { spec, loaded } = await store(true);
  const outcome = await runEmbedded(spec, folder, {
    workers: options.workers ?? availableParallelism(),
    phases,
    interrupted: options.interrupted ?? new AbortController().signal,
    onProgress: options.onProgress ?? (() => undefined),
    warn: options.warn ?? (() => undefined),
    loaded,
  });
  return { folder, outcome };
}
