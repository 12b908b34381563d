import { isOwned } from "../run/lease.js";
import { committedChunks } from "../shared/committed-chunks.js";
import { failedWindows } from "../shared/manifest.js";
import { printable } from "../shared/printable.js";
import { type Context, EXIT, print } from "./context.js";
import { findRun } from "./find-run.js";
import type { RunFlags } from "./options.js";
import { openQueue } from "./queue-of.js";

/** `jac show`: what a run is and how it stands; or its program. */
export async function show(name: string, flags: RunFlags, context: Context): Promise<number> {
  const { folder, manifest } = await findRun(name, flags.out);
  if (flags.program === true) {
    const { readProgram } = await import("../worker/open-run.js");
    const { printProgram } = await import("../program/print-program.js");
    print(context.stdout, printProgram(await readProgram(folder, manifest)));
    return EXIT.done;
  }
  const committed = await committedChunks(folder, manifest);
  const windows = committed.reduce((sum, { count }) => sum + count, 0);
  const queue = manifest.status === "running" ? await openQueue(flags.queue, context) : null;
  const progress = await queue?.progress(manifest.run).finally(() => queue.close());
  const standing =
    manifest.status !== "running"
      ? manifest.status
      : progress !== undefined
        ? `${progress.state}${progress.reason === null ? "" : ` (${progress.reason})`}, ${progress.workers} workers on the queue`
        : (await isOwned(folder))
          ? "running in a process"
          : "interrupted: no process is at work on it here; jac resume goes on (or give its --queue)";
  if (flags.json === true) {
    const { segments: _, blocks: __, ...plan } = manifest.plan;
    print(
      context.stdout,
      JSON.stringify({ ...manifest, plan, committed: committed.length, queue: progress ?? null }),
    );
    return EXIT.done;
  }
  const { inputs, options, plan, layout, versions } = manifest;
  const given = Object.entries(options).filter(([, value]) => value !== null);
  const lines: [string, string][] = [
    ["run", manifest.run],
    ["folder", folder.location],
    ["status", standing],
    ["submitted", manifest.submitted],
    ...(manifest.finished === null ? [] : ([["finished", manifest.finished]] as [string, string][])),
    [
      "series",
      `${inputs.series.name} (sha256 ${inputs.series.sha256.slice(0, 12)}…, ${inputs.series.bytes} bytes)`,
    ],
    ["model", `${inputs.model.name} (sha256 ${inputs.model.sha256.slice(0, 12)}…)`],
    ["scaler", inputs.scaler?.name ?? "none"],
    ...(inputs.baseline === null ? [] : ([["baseline", inputs.baseline.name]] as [string, string][])),
    ["columns", manifest.columns.join(", ")],
    [
      "options",
      given
        .map(([key, value]) => `${key} ${typeof value === "object" ? JSON.stringify(value) : value}`)
        .join(", "),
    ],
    [
      "windows",
      `${plan.count} of ${plan.total}, each of ${plan.steps} rows; ${plan.skipped} skipped for empty cells`,
    ],
    [
      "chunks",
      `${committed.length} of ${manifest.chunks} committed (${windows} windows), ${manifest.chunkSize} windows each`,
    ],
    [
      "jacobian",
      layout.targets.map(({ name, m, wrt }) => `${name} [${[m, ...wrt.shape].join(", ")}]`).join(", "),
    ],
    ["engine", manifest.engine ?? options.engine],
    [
      "versions",
      Object.entries(versions)
        .map(([key, value]) => `${key} ${value}`)
        .join(", "),
    ],
    ...(manifest.failed.length === 0 ? [] : ([["missing", failedWindows(manifest)]] as [string, string][])),
    ...(manifest.error === null ? [] : ([["error", manifest.error]] as [string, string][])),
  ];
  for (const [key, value] of lines) print(context.stdout, `${key.padEnd(10)} ${printable(value)}`);
  return EXIT.done;
}
