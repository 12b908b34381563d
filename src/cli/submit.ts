import { enqueueRun, storeRun } from "../producer/plan/enqueue-run.js";
import { type IdentifiedRun, identifyRun } from "../producer/plan/identify-run.js";
import type { RunQueue } from "../queue/run-queue.js";
import { type ExecuteOptions, runEmbedded, runQueued } from "../run/execute-run.js";
import { UserError } from "../shared/errors.js";
import { isWhole } from "../shared/is-whole.js";
import { newManifest, readManifest } from "../shared/manifest.js";
import { Phases } from "../shared/phases.js";
import type { RunFolder } from "../shared/run-folder.js";
import type { RunOptions, RunSpec } from "../shared/run-spec.js";
import type { Loaded } from "../worker/open-run.js";
import { type Context, print } from "./context.js";
import { type SubmitFlags, workersHere } from "./options.js";
import { ProgressLine } from "./progress-line.js";
import { openQueue } from "./queue-of.js";
import { type Ending, reportEnding } from "./run-report.js";

/** `jac submit`: computes the Jacobians of a series, or finds them computed. */
export async function submit(series: string, flags: SubmitFlags, context: Context): Promise<number> {
  const began = performance.now();
  const phases = new Phases();
  const workers = workersHere(flags);
  if (flags.detach === true && !flags.queue)
    throw new UserError("--detach leaves the run to a queue: give one with --queue redis://HOST:PORT");
  const identified = await phases.time("read", () => identifyRun(series, flags, flags.out));
  const finish = (ending: Pick<Ending, "outcome" | "already">): Promise<number> =>
    reportEnding(
      {
        run: identified.run,
        folder: identified.folder,
        seconds: (performance.now() - began) / 1000,
        phases,
        ...ending,
      },
      flags.json === true,
      flags.debug === true,
      context,
    );
  if (identified.known !== null && (await isWhole(identified.folder, identified.known))) {
    return await finish({ outcome: { kind: "ended", manifest: identified.known }, already: true });
  }
  const queue = await openQueue(flags.queue, context);
  try {
    if (queue === null) await refuseAbsentEngine(identified.options.engine);
    const { spec, folder, loaded } = await planned(identified, phases);
    if (flags.detach === true && queue !== null) {
      await enqueueRun(spec, folder, queue);
      const manifest = (await readManifest(folder)) ?? newManifest(spec);
      return await finish({ outcome: { kind: "detached", manifest }, already: false });
    }
    const outcome = await execute(spec, folder, queue, { workers, loaded, phases }, context);
    return await finish({ outcome, already: false });
  } finally {
    await queue?.close();
  }
}

/** Where this process computes, an engine that it does not have is a mistake to tell before anything is written. */
async function refuseAbsentEngine(name: RunOptions["engine"]): Promise<void> {
  if (name === "auto") return;
  const { selectEngine } = await import("../worker/engine/select-engine.js");
  await selectEngine(name);
}

/** The run, its folder written: planned now, or as it was planned when it was first submitted. */
async function planned(
  identified: IdentifiedRun,
  phases: Phases,
): Promise<{ spec: RunSpec; folder: RunFolder; loaded?: Loaded }> {
  const { known, folder } = identified;
  if (known !== null) return { spec: known, folder };
  const { planRun } = await import("../producer/plan/plan-run.js");
  const run = await planRun(identified, phases);
  await phases.time("store", () => storeRun(run));
  return { spec: run.spec, folder, loaded: run };
}

/** Runs a stored run to its end, in this process or on a queue, showing how it goes on. */
export async function execute(
  spec: RunSpec,
  folder: RunFolder,
  queue: RunQueue | null,
  { workers, loaded, phases }: { workers: number; loaded?: Loaded | undefined; phases: Phases },
  context: Context,
): Promise<Awaited<ReturnType<typeof runEmbedded>>> {
  const line = new ProgressLine(context, spec);
  const options: ExecuteOptions = {
    workers,
    phases,
    interrupted: context.interrupted,
    onProgress: line.update,
    warn: (text) => {
      line.end();
      print(context.stderr, `jac: ${text}`);
    },
    loaded,
  };
  const tell = () => options.warn("stopping once the chunks at work are done; Ctrl-C again stops at once");
  if (options.workers > 0) context.interrupted.addEventListener("abort", tell, { once: true });
  try {
    return queue === null
      ? await runEmbedded(spec, folder, options)
      : await runQueued(spec, folder, queue, options);
  } finally {
    context.interrupted.removeEventListener("abort", tell);
    line.end();
  }
}
