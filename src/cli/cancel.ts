import { finalManifest, watchFolder } from "../run/execute-run.js";
import { isOwned, requestCancel, withdrawCancel } from "../run/lease.js";
import { settleCancelled } from "../run/run-handlers.js";
import type { RunFolder } from "../shared/run-folder.js";
import type { RunSpec } from "../shared/run-spec.js";
import { type Context, EXIT, print } from "./context.js";
import { findRun } from "./find-run.js";
import type { RunFlags } from "./options.js";
import { openQueue } from "./queue-of.js";

/** How long the process at work on a run may take to end it. */
const PATIENCE_MS = 10_000;

/** `jac cancel`: ends a run wherever it goes on; what it has computed stays. */
export async function cancel(name: string, flags: RunFlags, context: Context): Promise<number> {
  const { folder, manifest } = await findRun(name, flags.out);
  const { run } = manifest;
  if (manifest.status !== "running") {
    print(context.stderr, `jac: run ${run} is not running: it is ${manifest.status}`);
    return manifest.status === "cancelled" ? EXIT.done : EXIT.failed;
  }
  const queue = await openQueue(flags.queue, context);
  const answer = await queue?.cancel(run).finally(() => queue.close());
  const process = await cancelProcess(manifest, folder);
  if (process === "goes on") {
    print(context.stderr, `jac: the process at work on run ${run} was told, but has not ended it yet`);
    return EXIT.failed;
  }
  const ended = process === "none" && answer === "ended"; // by itself, a moment ago
  const { status } = ended ? await finalManifest(folder) : await settleCancelled(folder);
  if (status === "running") {
    print(
      context.stderr,
      `jac: run ${run} has ended on the queue, but its folder does not say how; go on with jac resume ${run}`,
    );
    return EXIT.failed;
  }
  print(context.stdout, `run ${run}: ${status}`);
  return status === "cancelled" ? EXIT.done : EXIT.failed;
}

/** Tells a process that runs it without a queue, and waits for it to end the run. */
async function cancelProcess(spec: RunSpec, folder: RunFolder): Promise<"none" | "ended" | "goes on"> {
  await requestCancel(folder);
  try {
    if (!(await isOwned(folder))) return "none";
    const interrupted = AbortSignal.timeout(PATIENCE_MS);
    const outcome = await watchFolder(spec, folder, { interrupted, onProgress: () => undefined });
    return outcome.kind === "interrupted" ? "goes on" : "ended";
  } finally {
    await withdrawCancel(folder);
  }
}
