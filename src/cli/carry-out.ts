import { enqueueRun } from "../producer/plan/enqueue-run.js";
import type { JobEvent, RunQueue } from "../queue/run-queue.js";
import { type ExecuteOptions, type Outcome, runEmbedded, runQueued } from "../run/execute-run.js";
import type { PreparedRun, StoredRun } from "../run/prepare-run.js";
import { stackOf } from "../shared/errors.js";
import { newManifest, readManifest } from "../shared/manifest.js";
import { Phases } from "../shared/phases.js";
import type { RunFolder } from "../shared/run-folder.js";
import { type Context, print } from "./context.js";
import { type OutputOptions, type QueueOptions, workersHere } from "./options.js";
import { ProgressLine } from "./progress-line.js";
import { openQueue } from "./queue-of.js";
import { type Ending, reportEnding } from "./run-report.js";

/** The options that say how a run is carried out. */
export interface CarryOutFlags extends QueueOptions, OutputOptions {
  readonly workers?: number | undefined;
  readonly detach?: boolean | undefined;
}

/** Prepares a run, executes what is left of it in this process or on a queue, and reports. Resolves to the exit code. */
export async function carryOut(
  prepare: (phases: Phases) => Promise<PreparedRun>,
  flags: CarryOutFlags,
  context: Context,
): Promise<number> {
  const began = performance.now();
  const workers = workersHere(flags);
  const phases = new Phases();
  const { run, folder, whole, store } = await prepare(phases);
  const finish = (outcome: Ending["outcome"], already = false): Promise<number> => {
    const seconds = (performance.now() - began) / 1000;
    const ending = { run, folder, outcome, already, seconds, phases };
    return reportEnding(ending, flags.json === true, flags.debug === true, context);
  };
  if (whole !== null) return await finish({ kind: "ended", manifest: whole }, true);
  const queue = await openQueue(flags.queue, context); // that it cannot be reached is told before anything is written
  try {
    const stored = await store(queue === null);
    if (flags.detach === true && queue !== null) {
      await enqueueRun(stored.spec, folder, queue);
      return await finish({
        kind: "detached",
        manifest: (await readManifest(folder)) ?? newManifest(stored.spec),
      });
    }
    return await finish(
      await execute(stored, folder, queue, { workers, phases }, context, flags.debug === true),
    );
  } finally {
    await queue?.close();
  }
}

/** Runs a stored run to its end, in this process or on a queue, showing how it goes on. */
async function execute(
  { spec, loaded }: StoredRun,
  folder: RunFolder,
  queue: RunQueue | null,
  { workers, phases }: Pick<ExecuteOptions, "workers" | "phases">,
  context: Context,
  debug: boolean,
): Promise<Outcome> {
  const line = new ProgressLine(context, spec);
  const tellStack = ({ error }: JobEvent): void => {
    if (error === undefined) return;
    line.end();
    print(context.stderr, stackOf(error));
  };
  const options: ExecuteOptions = {
    workers,
    phases,
    interrupted: context.interrupted,
    onProgress: line.update,
    warn: (text) => {
      line.end();
      print(context.stderr, `jac: ${text}`);
    },
    observe: debug ? tellStack : undefined,
    loaded,
  };
  const tell = () => options.warn("stopping once the chunks at work are done; Ctrl-C again stops at once");
  if (workers > 0) context.interrupted.addEventListener("abort", tell, { once: true });
  try {
    return queue === null
      ? await runEmbedded(spec, folder, options)
      : await runQueued(spec, folder, queue, options);
  } finally {
    context.interrupted.removeEventListener("abort", tell);
    line.end();
  }
}
