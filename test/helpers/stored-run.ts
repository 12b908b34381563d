import { storeRun } from "../../src/producer/plan/enqueue-run.js";
import { identifyRun } from "../../src/producer/plan/identify-run.js";
import { planRun } from "../../src/producer/plan/plan-run.js";
import type { SubmitOptions } from "../../src/shared/options/option-values.js";
import { Phases } from "../../src/shared/phases.js";
import type { RunFolder } from "../../src/shared/run-folder.js";
import type { RunSpec } from "../../src/shared/run-spec.js";

/** A run as a submission leaves it for workers: planned and stored, no chunk of it computed. */
export interface StoredRun {
  readonly spec: RunSpec;
  readonly folder: RunFolder;
}

/** Plans and stores the run of a series, in `<out>/<run>`. */
export async function storedRun(series: string, options: SubmitOptions, out: string): Promise<StoredRun> {
  const planned = await planRun(await identifyRun(series, options, out), new Phases());
  await storeRun(planned);
  return planned;
}
