import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../shared/errors.js";
import { type Manifest, readManifest } from "../shared/manifest.js";
import { openFolder } from "../shared/open-folder.js";
import { printable } from "../shared/printable.js";
import { type Context, EXIT, print } from "./context.js";
import type { RunFlags } from "./options.js";

/** `jac list`: the runs of a folder, the oldest first. */
export async function list(flags: RunFlags, context: Context): Promise<number> {
  const names = await readdir(flags.out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new UserError(`the folder ${flags.out} cannot be read: ${error.message}`, { cause: error });
  });
  const runs: Manifest[] = [];
  for (const name of names.sort()) {
    const manifest = await readManifest(openFolder(join(flags.out, name))).catch((error: unknown) => {
      print(context.stderr, `jac: ${messageOf(error)}`);
      return null;
    });
    if (manifest !== null) runs.push(manifest);
  }
  runs.sort((a, b) => (a.submitted < b.submitted ? -1 : 1));
  if (flags.json === true) {
    print(
      context.stdout,
      JSON.stringify(
        runs.map(({ run, status, submitted, finished, windows, chunks, inputs }) => ({
          run,
          status,
          submitted,
          finished,
          windows,
          chunks,
          series: inputs.series.name,
          model: inputs.model.name,
        })),
      ),
    );
    return EXIT.done;
  }
  if (runs.length === 0) print(context.stderr, `jac: no runs in ${flags.out}`);
  for (const { run, status, submitted, plan, inputs, options } of runs) {
    const what = `${inputs.series.name} · ${inputs.model.name}${options.target === "output" ? "" : ` · ${options.target}`}`;
    print(
      context.stdout,
      `${run}  ${status.padEnd(9)}  ${submitted.slice(0, 16).replace("T", " ")}  ${String(plan.count).padStart(9)} windows  ${printable(what)}`,
    );
  }
  return EXIT.done;
}
