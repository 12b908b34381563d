import { availableParallelism } from "node:os";
import { storeRun } from "../producer/plan/enqueue-run.js";
import { identifyRun } from "../producer/plan/identify-run.js";
import { planRun } from "../producer/plan/plan-run.js";
import type { SubmitOptions } from "../producer/plan/submit-options.js";
import { Phases } from "../shared/phases.js";
import type { RunFolder } from "../shared/run-folder.js";
import { type ExecuteOptions, type Outcome, runEmbedded } from "./execute-run.js";

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
  const phases = options.phases ?? new Phases();
  const identified = await identifyRun(seriesPath, options, options.out ?? "jac-runs");
  const { folder, known } = identified;
  if (known?.status === "done") return { folder, outcome: { kind: "ended", manifest: known } };
  const planned = known === null ? await planRun(identified, phases) : null;
  if (planned !== null) await storeRun(planned);
  const spec = planned?.spec ?? known;
  if (spec === null) throw new Error("unreachable");
  const outcome = await runEmbedded(spec, folder, {
    workers: options.workers ?? availableParallelism(),
    phases,
    interrupted: options.interrupted ?? new AbortController().signal,
    onProgress: options.onProgress ?? (() => undefined),
    warn: options.warn ?? (() => undefined),
    loaded: planned ?? undefined,
  });
  return { folder, outcome };
}
