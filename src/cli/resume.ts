import { isWhole } from "../shared/is-whole.js";
import { Phases } from "../shared/phases.js";
import type { Context } from "./context.js";
import { findRun } from "./find-run.js";
import { type RunFlags, workersHere } from "./options.js";
import { openQueue } from "./queue-of.js";
import { reportEnding } from "./run-report.js";
import { execute } from "./submit.js";

/** `jac resume`: computes what a run still lacks, from its folder alone. */
export async function resume(name: string, flags: RunFlags, context: Context): Promise<number> {
  const workers = workersHere(flags);
  const { folder, manifest } = await findRun(name, flags.out);
  const began = performance.now();
  const phases = new Phases();
  const queue = await openQueue(flags.queue, context);
  try {
    const already = await isWhole(folder, manifest);
    const outcome = already
      ? ({ kind: "ended", manifest } as const)
      : await execute(manifest, folder, queue, { workers, phases }, context);
    const seconds = (performance.now() - began) / 1000;
    return await reportEnding(
      { run: manifest.run, folder, outcome, already, seconds, phases },
      flags.json === true,
      flags.debug === true,
      context,
    );
  } finally {
    await queue?.close();
  }
}
