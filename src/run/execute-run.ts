import { setTimeout as sleep } from "node:timers/promises";
import { enqueueRun } from "../producer/plan/enqueue-run.js";
import { LocalQueue } from "../queue/local-queue.js";
import { type JobEvent, MAX_STARTS, type QueueWorker, type RunQueue } from "../queue/run-queue.js";
import { committedChunks } from "../shared/committed-chunks.js";
import { type Manifest, readManifest } from "../shared/manifest.js";
import type { Phases } from "../shared/phases.js";
import type { RunFolder } from "../shared/run-folder.js";
import { chunkAt, type RunSpec } from "../shared/run-spec.js";
import type { Loaded } from "../worker/open-run.js";
import { isOwned, Lease } from "./lease.js";
import { ProcessHandlers, settleCancelled } from "./run-handlers.js";

/** Chunks at work in a process: one computes on all threads while another is written. */
export const CHUNKS_AT_ONCE = 2;

/** How long an interrupted process may take to end the chunks it works on. */
const DRAIN_MS = 60_000;

/** How long a run may look lost before it is given up: another process may just be at it. */
const LOST_MS = 5000;

/** How far a run is. */
export interface Progress {
  readonly windows: number; // computed, of spec.plan.count
  readonly chunks: number; // done or given up, of spec.chunks
  readonly reducing: boolean;
}

/** How a run is carried out in this process. */
export interface ExecuteOptions {
  /** Threads that compute. */
  readonly workers: number;
  readonly phases: Phases;
  readonly interrupted: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  readonly warn: (line: string) => void;
  /** Hears of what happens to the run's jobs in this process. */
  readonly observe?: ((event: JobEvent) => void) | undefined;
  /** What this process has read of the run already. */
  readonly loaded?: Loaded | undefined;
}

/** How the waiting for a run ended. */
export type Outcome =
  | { readonly kind: "ended"; readonly manifest: Manifest }
  | { readonly kind: "interrupted" }
  | { readonly kind: "lost"; readonly reason: string };

/** Runs a stored run in this process, or waits for the process that is at it. */
export async function runEmbedded(
  spec: RunSpec,
  folder: RunFolder,
  options: ExecuteOptions,
): Promise<Outcome> {
  if (await isOwned(folder)) {
    const outcome = await watchFolder(spec, folder, options);
    if (outcome.kind !== "lost") return outcome; // lost: it died, and this process takes over
  }
  const lease = await Lease.take(folder);
  const queue = new LocalQueue();
  try {
    return await runQueued(spec, folder, queue, options, lease.cancelled);
  } finally {
    await queue.close();
    await lease.release();
  }
}

/**
 * Submits a stored run to a queue, works on it with `workers` threads (0: leaves it to others), and waits for its end,
 * or cancels it when `cancelled` says so.
 */
export async function runQueued(
  spec: RunSpec,
  folder: RunFolder,
  queue: RunQueue,
  options: ExecuteOptions,
  cancelled?: AbortSignal,
): Promise<Outcome> {
  const { committed } = await enqueueRun(spec, folder, queue);
  const cancel = (): void => void queue.cancel(spec.run);
  if (cancelled?.aborted === true) cancel();
  cancelled?.addEventListener("abort", cancel, { once: true });
  const started = performance.now();
  const timed = timeReduce(options.phases, started);
  const handlers = new ProcessHandlers(options.workers, options.warn, (event) => {
    timed(event);
    options.observe?.(event);
  });
  if (options.loaded !== undefined) handlers.runs.preload(folder.uri, options.loaded);
  let worker: QueueWorker | null = null;
  try {
    if (options.workers > 0) {
      worker = await queue.work(handlers, {
        concurrency: CHUNKS_AT_ONCE,
        maxStarts: MAX_STARTS,
        warn: options.warn,
      });
    }
    return await follow(spec, folder, queue, committed, options);
  } finally {
    await worker?.close(DRAIN_MS);
    await handlers.close();
  }
}

/** Waits for the end of a run that is on a queue. `committed`: the chunks that were not enqueued. */
export async function follow(
  spec: RunSpec,
  folder: RunFolder,
  queue: RunQueue,
  committed: readonly number[],
  {
    interrupted,
    onProgress,
    warn,
    workers,
  }: Pick<ExecuteOptions, "interrupted" | "onProgress" | "warn" | "workers">,
): Promise<Outcome> {
  const before = committed.reduce((sum, index) => sum + chunkAt(spec, index).count, 0);
  const began = performance.now();
  let lostSince: number | null = null;
  let told = false;
  const abort = aborted(interrupted);
  while (!interrupted.aborted) {
    const progress = await Promise.race([queue.progress(spec.run), abort]); // an answer may take as long as an outage
    if (progress === null) break;
    const { state, done, failed, total } = progress;
    if (state === "cancelled") return { kind: "ended", manifest: await settleCancelled(folder) };
    if (state === "done" || state === "failed")
      return { kind: "ended", manifest: await finalManifest(folder) };
    if (state === "unknown" || state === "stuck") {
      lostSince ??= performance.now();
      if (performance.now() - lostSince > LOST_MS) {
        return { kind: "lost", reason: progress.reason ?? "the queue does not know it (any more)" };
      }
    } else lostSince = null;
    if (progress.workers === 0 && workers === 0 && !told && performance.now() - began > 2000) {
      warn("no worker is connected to the queue; start one with: jac worker --queue URL");
      told = true;
    }
    const windows = Math.min(spec.plan.count, before + done * spec.chunkSize);
    onProgress({ windows, chunks: spec.chunks - total + done + failed, reducing: state === "reducing" });
    await sleep(queue instanceof LocalQueue ? 10 : 150);
  }
  return { kind: "interrupted" };
}

/** Waits for the end of a run that another process is at, seeing only its folder. lost: nobody is. */
export async function watchFolder(
  spec: RunSpec,
  folder: RunFolder,
  { interrupted, onProgress }: Pick<ExecuteOptions, "interrupted" | "onProgress">,
): Promise<Outcome> {
  while (!interrupted.aborted) {
    const manifest = await readManifest(folder);
    if (manifest !== null && manifest.status !== "running") return { kind: "ended", manifest };
    const chunks = await committedChunks(folder, spec);
    const windows = chunks.reduce((sum, { count }) => sum + count, 0);
    onProgress({ windows, chunks: chunks.length, reducing: chunks.length === spec.chunks });
    if (!(await isOwned(folder))) {
      const now = await readManifest(folder); // it may have ended since
      if (now !== null && now.status !== "running") return { kind: "ended", manifest: now };
      return { kind: "lost", reason: "no process is at work on it" };
    }
    await sleep(200);
  }
  return { kind: "interrupted" };
}

/**
 * The run's record once it says how the run ended, which may reach a shared file system a little late; after some
 * seconds as it is.
 */
export async function finalManifest(folder: RunFolder): Promise<Manifest> {
  for (let left = 100; ; left--) {
    const manifest = await readManifest(folder);
    if (manifest !== null && (manifest.status !== "running" || left === 0)) return manifest;
    if (left === 0) throw new Error(`the run's record in ${folder.location} is gone`);
    await sleep(100);
  }
}

/** The phases of the jobs in this process: chunks until the reduce step begins, then that. */
function timeReduce(phases: Phases, started: number): (event: JobEvent) => void {
  let computing = true;
  return ({ kind, step, seconds }) => {
    if (step !== "reduce") return;
    if (computing) phases.add("compute", (performance.now() - started) / 1000);
    computing = false;
    if (kind === "finished") phases.add("reduce", seconds ?? 0);
  };
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}
