import { watchFolder } from "../run/execute-run.js";
import { isOwned, requestCancel, withdrawCancel } from "../run/lease.js";
import { settleCancelled } from "../run/run-handlers.js";
import { type Context, EXIT, print } from "./context.js";
import { findRun } from "./find-run.js";
import type { RunFlags } from "./options.js";
import { openQueue } from "./queue-of.js";

/** `jac cancel`: ends a run wherever it goes on; what it has computed stays. */
export async function cancel(name: string, flags: RunFlags, context: Context): Promise<number> {
  const { folder, manifest } = await findRun(name, flags.out);
  if (manifest.status !== "running") {
    print(context.stderr, `jac: run ${manifest.run} is not running: it is ${manifest.status}`);
    return manifest.status === "cancelled" ? EXIT.done : EXIT.failed;
  }
  const queue = await openQueue(flags.queue, context);
  try {
    await queue?.cancel(manifest.run);
  } finally {
    await queue?.close();
  }
  await requestCancel(folder); // for a process that runs it without a queue
  try {
    if (await isOwned(folder)) {
      const interrupted = AbortSignal.timeout(10_000);
      await watchFolder(manifest, folder, { interrupted, onProgress: () => undefined });
    }
  } finally {
    await withdrawCancel(folder);
  }
  const { status } = await settleCancelled(folder);
  print(context.stdout, `run ${manifest.run}: ${status}`);
  return status === "cancelled" ? EXIT.done : EXIT.failed;
}
