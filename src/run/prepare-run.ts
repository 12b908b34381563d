import { storeRun } from "../producer/plan/enqueue-run.js";
import { identifyRun } from "../producer/plan/identify-run.js";
import { isWhole } from "../shared/is-whole.js";
import type { Manifest } from "../shared/manifest.js";
import type { RunOptions } from "../shared/options/option-shapes.js";
import type { SubmitOptions } from "../shared/options/option-values.js";
import type { Phases } from "../shared/phases.js";
import type { RunFolder } from "../shared/run-folder.js";
import type { RunSpec } from "../shared/run-spec.js";
import type { Loaded } from "../worker/open-run.js";

/** A run that can be told by its id, before anything is written. */
export interface PreparedRun {
  readonly run: string;
  readonly folder: RunFolder;
  /** Its record, where it is done and has every file still: nothing is left to do. */
  readonly whole: Manifest | null;
  /**
   * Sees to it that the run is in its folder, from which it can be executed or enqueued: planned now, or as it was when
   * it was first submitted. `computesHere`: this process is to execute it. Throws a UserError for inputs that do not
   * fit, and for an engine that is to compute here and cannot, having written nothing.
   */
  store(computesHere: boolean): Promise<StoredRun>;
}

/** A run in its folder. */
export interface StoredRun {
  readonly spec: RunSpec;
  /** What this process has read of it already. */
  readonly loaded: Loaded | undefined;
}

/**
 * The run that a submission is: reads its inputs, and looks in `out` whether it was submitted before. The phases `read`
 * and, at `store`, `model`, `plan` and `store` are timed. Throws a UserError for options that make no sense and files
 * that cannot be read.
 */
export async function prepareRun(
  seriesPath: string,
  options: SubmitOptions,
  out: string,
  phases: Phases,
): Promise<PreparedRun> {
  const identified = await phases.time("read", () => identifyRun(seriesPath, options, out));
  const { run, folder, known } = identified;
  if (known !== null) return await prepareKnown(folder, known);
  const store = async (computesHere: boolean): Promise<StoredRun> => {
    if (computesHere) await refuseAbsentEngine(identified.options.engine);
    const { planRun } = await import("../producer/plan/plan-run.js");
    const planned = await planRun(identified, phases);
    await phases.time("store", () => storeRun(planned));
    return { spec: planned.spec, loaded: planned };
  };
  return { run, folder, whole: null, store };
}

/** A run that was submitted before, from its folder alone. */
export async function prepareKnown(folder: RunFolder, manifest: Manifest): Promise<PreparedRun> {
  const whole = (await isWhole(folder, manifest)) ? manifest : null;
  const store = async (computesHere: boolean): Promise<StoredRun> => {
    if (computesHere) await refuseAbsentEngine(manifest.options.engine);
    return { spec: manifest, loaded: undefined };
  };
  return { run: manifest.run, folder, whole, store };
}

async function refuseAbsentEngine(name: RunOptions["engine"]): Promise<void> {
  if (name === "auto") return;
  const { selectEngine } = await import("../worker/engine/select-engine.js");
  await selectEngine(name);
}
