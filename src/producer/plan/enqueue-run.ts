import type { RunQueue } from "../../queue/run-queue.js";
import { committedChunks } from "../../shared/committed-chunks.js";
import { messageOf, UserError } from "../../shared/errors.js";
import { type Manifest, newManifest, readManifest, writeManifest } from "../../shared/manifest.js";
import type { RunFolder } from "../../shared/run-folder.js";
import type { RunSpec } from "../../shared/run-spec.js";
import type { PlannedRun } from "./plan-run.js";

/** What a queue answered to a submission. */
export interface Submitted {
  /** live: the queue has it under way already, from another submission. */
  readonly answer: "enqueued" | "live";
  /** Chunks that were there before. */
  readonly committed: readonly number[];
}

/** Writes a planned run's folder, its manifest last: from then on the run can be resumed from the folder alone. */
export async function storeRun({ spec, folder, files }: PlannedRun): Promise<void> {
  try {
    for (const [name, bytes] of files) await folder.write(name, bytes);
    await writeManifest(folder, newManifest(spec));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === undefined) throw cause; // not the file system's: a fault of jac's
    throw new UserError(
      `the output folder ${folder.location} cannot be written: ${messageOf(cause)}; choose another with --out`,
      { cause },
    );
  }
}

/**
 * Enqueues what a stored run still lacks: the chunks that are not in its folder, and the reduce step. `spec`: of a run
 * that goes on its record as the caller read it; a cancel that has come since then holds.
 */
export async function enqueueRun(
  spec: RunSpec | Manifest,
  folder: RunFolder,
  queue: RunQueue,
): Promise<Submitted> {
  const committed = (await committedChunks(folder, spec)).map(({ index }) => index);
  const there = new Set(committed);
  const chunks = Array.from({ length: spec.chunks }, (_, index) => index).filter(
    (index) => !there.has(index),
  );
  await reopen(folder, "status" in spec ? spec.status : "running");
  const answer = await queue.enqueue({ run: spec.run, folder: folder.uri, chunks });
  if ((await readManifest(folder))?.status === "cancelled") await queue.cancel(spec.run);
  return { answer, committed };
}

/** Puts an ended run's record back to running, unless it has been cancelled since it was `seen`. */
async function reopen(folder: RunFolder, seen: Manifest["status"]): Promise<void> {
  const manifest = await readManifest(folder);
  if (manifest === null || manifest.status === "running") return;
  if (manifest.status === "cancelled" && seen === "running") return;
  await writeManifest(folder, {
    ...manifest,
    status: "running",
    finished: null,
    failed: [],
    results: [],
    error: null,
  });
}
