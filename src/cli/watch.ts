import { follow, watchFolder } from "../run/execute-run.js";
import { committedChunks } from "../shared/committed-chunks.js";
import { Phases } from "../shared/phases.js";
import { type Context, print } from "./context.js";
import { findRun } from "./find-run.js";
import type { RunFlags } from "./options.js";
import { ProgressLine } from "./progress-line.js";
import { openQueue } from "./queue-of.js";
import { reportEnding } from "./run-report.js";

/** `jac watch`: follows a run until it ends, on its queue or, without one, in its folder. */
export async function watch(name: string, flags: RunFlags, context: Context): Promise<number> {
  const { folder, manifest } = await findRun(name, flags.out);
  const began = performance.now();
  const end = (outcome: Parameters<typeof reportEnding>[0]["outcome"], already: boolean): Promise<number> =>
    reportEnding(
      {
        run: manifest.run,
        folder,
        outcome,
        already,
        seconds: (performance.now() - began) / 1000,
        phases: new Phases(),
      },
      flags.json === true,
      false,
      context,
    );
  if (manifest.status !== "running") return await end({ kind: "ended", manifest }, true);
  const queue = await openQueue(flags.queue, context);
  const line = new ProgressLine(context, manifest);
  const options = {
    interrupted: context.interrupted,
    onProgress: line.update,
    workers: 0,
    warn: (text: string) => print(context.stderr, `jac: ${text}`),
  };
  try {
    const { total } = (await queue?.progress(manifest.run)) ?? { total: 0 };
    const before = (await committedChunks(folder, manifest)).slice(0, Math.max(0, manifest.chunks - total));
    const outcome =
      queue === null
        ? await watchFolder(manifest, folder, options)
        : await follow(
            manifest,
            folder,
            queue,
            before.map(({ index }) => index),
            options,
          );
    line.end();
    return await end(outcome, false);
  } finally {
    line.end();
    await queue?.close();
  }
}
