import { PermanentError } from "./errors.js";
import { failpoint } from "./failpoint.js";
import type { ChunkRecord } from "./manifest.js";
import type { RunFolder, StoredFile } from "./run-folder.js";
import { chunkAt, partName, type RunSpec, sha256 } from "./run-spec.js";

/**
 * A chunk leaves two files: its part and the partial statistics of that part. They cannot be committed in one
 * step, so the partial goes first, under a name that carries its part's digest, and the part decides: whichever
 * attempt's part is kept, the partial of just that part is there. A partial without its part counts for nothing.
 */
export interface CommittedChunk extends Omit<ChunkRecord, "statistics"> {
  readonly partial: string; // the name of its partial statistics
}

/** The name of the partial statistics that belong to a part of this digest. */
export function partialName(index: number, partSha256: string): string {
  return `partials/part-${String(index).padStart(5, "0")}-${partSha256}.bin`;
}

/** Commits a chunk's two files. Of several attempts one is kept, whole; what is left of the others is removed. */
export async function commitChunk(
  folder: RunFolder,
  index: number,
  part: Uint8Array,
  partial: Uint8Array,
): Promise<void> {
  const digest = sha256(part);
  await folder.commit(partialName(index, digest), partial);
  failpoint("chunk:partial-committed", index);
  if ((await folder.commit(partName(index), part)) === "committed")
    return failpoint("chunk:committed", index);
  const kept = sha256(await folder.read(partName(index)));
  if (kept === digest) return;
  if (await folder.exists(partialName(index, kept))) return await folder.remove(partialName(index, digest));
  await folder.write(partName(index), part); // a part without its statistics is no commit: someone removed them
}

/** The committed chunk of this index, or null. */
export async function committedChunk(
  folder: RunFolder,
  spec: RunSpec,
  index: number,
): Promise<CommittedChunk | null> {
  const part = partName(index);
  if (!(await folder.exists(part))) return null; // the usual case; a listing takes as long as there are chunks
  const [found] = await folder.list(part);
  if (found === undefined) return null;
  return await pair(
    folder,
    spec,
    index,
    found,
    await folder.list(partialName(index, "").replace(/\.bin$/, "")),
  );
}

/** All committed chunks of a run, ascending: read from the folder's listing, not from the parts. */
export async function committedChunks(folder: RunFolder, spec: RunSpec): Promise<CommittedChunk[]> {
  const parts = new Map((await folder.list("jacobians/part-")).map((file) => [file.name, file]));
  const partials = new Map<number, StoredFile[]>();
  for (const file of await folder.list("partials/part-")) {
    const index = Number(/part-(\d+)-/.exec(file.name)?.[1] ?? -1);
    partials.set(index, [...(partials.get(index) ?? []), file]);
  }
  const chunks: CommittedChunk[] = [];
  for (let index = 0; index < spec.chunks; index++) {
    const part = parts.get(partName(index));
    const chunk = part && (await pair(folder, spec, index, part, partials.get(index) ?? []));
    if (chunk) chunks.push(chunk);
  }
  return chunks;
}

/**
 * The part with its partial. One partial alone must be the part's, since it was there first; of several (attempts
 * that differed in the last bit, on different processors) the part's digest tells. None: the folder was tampered
 * with, and the chunk is computed again once the part is gone.
 */
async function pair(
  folder: RunFolder,
  spec: RunSpec,
  index: number,
  part: StoredFile,
  partials: readonly StoredFile[],
): Promise<CommittedChunk | null> {
  const digests = partials.flatMap(({ name }) => /-([0-9a-f]{64})\.bin$/.exec(name)?.[1] ?? []);
  if (digests.length === 0) return null;
  const digest = digests.length === 1 ? digests[0] : sha256(await folder.read(part.name));
  if (digest === undefined || !digests.includes(digest)) {
    throw new PermanentError(`${part.name} of run ${spec.run} is damaged: no statistics belong to its bytes`);
  }
  const { from, count } = chunkAt(spec, index);
  return {
    index,
    from,
    count,
    part: part.name,
    sha256: digest,
    bytes: part.bytes,
    partial: partialName(index, digest),
  };
}
