import type { CommittedChunk } from "../shared/committed-chunks.js";
import { PermanentError } from "../shared/errors.js";
import type { RunFolder } from "../shared/run-folder.js";
import { chunkAt, type FileRecord, type RunSpec, recordOf, sha256 } from "../shared/run-spec.js";
import { decodePartial } from "../statistics/encode-partial.js";
import { mergePartials } from "../statistics/merge-partials.js";
import { emptyPartial, type PartialStatistics } from "../statistics/partial.js";
import { planStatistics } from "../statistics/plan-statistics.js";

const AHEAD = 8; // files read while one is merged

/** A run's statistics, and the files they were read from. */
export interface MergedRun {
  readonly statistics: PartialStatistics;
  /** By the chunk's index; null where the file was damaged and its statistics were computed again. */
  readonly files: ReadonlyMap<number, FileRecord | null>;
}

/**
 * Merges the partial statistics of a run's committed chunks in their order, a few in memory at a time. Statistics
 * that are damaged or of another version are computed again from the chunk's part. Throws a PermanentError where
 * that is damaged as well; rejects with the signal's reason when aborted.
 */
export async function mergeRun(
  folder: RunFolder,
  spec: RunSpec,
  chunks: readonly CommittedChunk[],
  signal?: AbortSignal,
): Promise<MergedRun> {
  const plan = planStatistics(spec);
  const total = emptyPartial(plan);
  const files = new Map<number, FileRecord | null>();
  const reads: Promise<Uint8Array>[] = [];
  for (const [i, chunk] of chunks.entries()) {
    signal?.throwIfAborted();
    while (reads.length < AHEAD && i + reads.length < chunks.length) {
      const read = folder.read(chunks[i + reads.length]!.partial);
      read.catch(() => undefined); // reported when its turn comes
      reads.push(read);
    }
    const bytes = await reads.shift()!;
    let partial: PartialStatistics;
    try {
      partial = decodePartial(bytes, plan);
      files.set(chunk.index, recordOf(chunk.partial, bytes));
    } catch (error) {
      if (!(error instanceof PermanentError || error instanceof RangeError)) throw error;
      partial = await recompute(folder, spec, chunk, error);
      files.set(chunk.index, null);
    }
    mergePartials(total, partial);
  }
  return { statistics: total, files };
}

async function recompute(
  folder: RunFolder,
  spec: RunSpec,
  chunk: CommittedChunk,
  cause: unknown,
): Promise<PartialStatistics> {
  const bytes = await folder.read(chunk.part);
  if (sha256(bytes) !== chunk.sha256) {
    throw new PermanentError(
      `${chunk.part} of run ${spec.run} is damaged, and so are its statistics; remove it, and jac resume computes it again`,
      { cause },
    );
  }
  const { partialOfPart } = await import("../statistics/partial-of-part.js");
  const { decodeSeries } = await import("../shared/series-arrow.js");
  const { scaled } = decodeSeries(await folder.read(spec.stored.series.name));
  return partialOfPart(bytes, scaled, spec, chunkAt(spec, chunk.index));
}
