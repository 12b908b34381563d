import { type Meter, stopwatch } from "../queue/meter.js";
import type { ChunkJob, JobEvent, ReduceJob, RunHandlers } from "../queue/run-queue.js";
import type { Reduced } from "../reducer/reduce-run.js";
import { committedChunks } from "../shared/committed-chunks.js";
import { PermanentError } from "../shared/errors.js";
import { failpoint } from "../shared/failpoint.js";
import { type FailedChunk, type Manifest, readManifest, writeManifest } from "../shared/manifest.js";
import { openFolder } from "../shared/open-folder.js";
import type { RunFolder } from "../shared/run-folder.js";
import { chunkAt } from "../shared/run-spec.js";
import { OpenRuns } from "../worker/open-runs.js";
import { processChunk } from "../worker/process-chunk.js";

/** What a process does with the jobs of runs: the one place where the worker's part and the reducer's meet. */
export class ProcessHandlers implements RunHandlers {
  readonly runs: OpenRuns;

  constructor(
    threads: number,
    warn: (line: string) => void,
    readonly observe: (event: JobEvent) => void = () => undefined,
  ) {
    this.runs = new OpenRuns(threads, warn);
  }

  async chunk(job: ChunkJob, signal: AbortSignal, meter: Meter): Promise<void> {
    const ended = stopwatch(meter);
    await this.runs.use(job.folder, async (run) => {
      ended("open");
      await processChunk(run, job.chunk, signal, meter);
    });
  }

  /** Merges what is committed and writes the run's record, its status telling whether all of it is there. */
  async reduce(job: ReduceJob, signal: AbortSignal, meter: Meter): Promise<void> {
    failpoint("reduce:started");
    const ended = stopwatch(meter);
    const folder = openFolder(job.folder);
    const spec = await manifestOf(folder);
    const chunks = await committedChunks(folder, spec);
    const present = new Set(chunks.map(({ index }) => index));
    const failed: FailedChunk[] = [];
    for (let index = 0; index < spec.chunks; index++) {
      if (present.has(index)) continue;
      failed.push({
        ...chunkAt(spec, index),
        reason: job.reasons.get(index) ?? "its job was lost; jac resume computes it",
      });
    }
    let reduced: Reduced | null = null;
    if (chunks.length > 0) {
      const { reduceRun } = await import("../reducer/reduce-run.js");
      reduced = await reduceRun({ folder, spec, chunks, signal });
    }
    signal.throwIfAborted();
    await job.end();
    failpoint("reduce:written");
    await settleRun(folder, {
      status: failed.length === 0 ? "done" : chunks.length > 0 ? "partial" : "failed",
      error: chunks.length > 0 ? null : (failed[0]?.reason ?? null),
      failed,
      engine: reduced?.engines.join(", ") || null,
      reduced,
    });
    await folder.sweep();
    ended("reduce");
  }

  async fail(job: Omit<ReduceJob, "end">, reason: string): Promise<void> {
    await settleRun(openFolder(job.folder), { status: "failed", error: reason, failed: [] });
  }

  async close(): Promise<void> {
    await this.runs.close();
  }
}

/** Writes how a run ended, with what of it is committed. */
export async function settleRun(
  folder: RunFolder,
  {
    reduced = null,
    ...end
  }: Pick<Manifest, "status" | "error" | "failed"> & {
    readonly engine?: string | null;
    readonly reduced?: Pick<Reduced, "results" | "statistics"> | null;
  },
): Promise<Manifest> {
  const manifest = await manifestOf(folder);
  const chunks = await committedChunks(folder, manifest);
  const settled: Manifest = {
    ...manifest,
    ...end,
    engine: end.engine ?? manifest.engine,
    finished: new Date().toISOString(),
    windows: chunks.reduce((sum, { count }) => sum + count, 0),
    table: chunks.map(({ partial: _, ...record }) => ({
      ...record,
      statistics: reduced?.statistics.get(record.index) ?? null,
    })),
    results: [...(reduced?.results ?? [])],
  };
  await writeManifest(folder, settled);
  return settled;
}

/** Writes that a run was cancelled, unless it had ended before. */
export async function settleCancelled(folder: RunFolder): Promise<Manifest> {
  const manifest = await manifestOf(folder);
  if (manifest.status !== "running") return manifest;
  return await settleRun(folder, { status: "cancelled", error: null, failed: [] });
}

async function manifestOf(folder: RunFolder): Promise<Manifest> {
  const manifest = await readManifest(folder);
  if (manifest !== null) return manifest;
  throw new PermanentError(`there is no run in ${folder.location}: it has no manifest.json`);
}
