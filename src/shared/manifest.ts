import { z } from "zod";
import { UserError } from "./errors.js";
import { windowsOf } from "./plan.js";
import type { RunFolder } from "./run-folder.js";
import { fileRecord, issuesOf, type RunSpec, runSpecShape } from "./run-spec.js";

/** The name of a run's record in its folder. */
export const MANIFEST = "manifest.json";

const chunkRecord = z.strictObject({
  index: z.int(),
  from: z.int(), // position of its first window among the planned ones
  count: z.int(),
  part: z.string(),
  sha256: z.string(),
  bytes: z.int(),
  statistics: fileRecord.nullable().default(null), // its partial; null: nothing has read it whole since it was written
});

/** A committed chunk. */
export type ChunkRecord = z.infer<typeof chunkRecord>;

const failedChunk = z.strictObject({ index: z.int(), from: z.int(), count: z.int(), reason: z.string() });

/** A chunk that was given up, with the windows it would have held. */
export type FailedChunk = z.infer<typeof failedChunk>;

const manifest = z.object({
  ...runSpecShape,
  status: z.enum(["running", "done", "partial", "failed", "cancelled"]),
  submitted: z.string(), // ISO 8601
  finished: z.string().nullable(),
  windows: z.int(), // committed
  table: z.array(chunkRecord),
  failed: z.array(failedChunk),
  results: z.array(fileRecord).default([]), // what the reducer wrote of the table; empty: it has not, or is about to again
  error: z.string().nullable(), // why a run as a whole failed
  engine: z.string().nullable(), // what computed its chunks: "native: avx512", or several with ", " between; null: nothing yet, or not known
});

/** A run's record: its specification and how it stands. Written at submission, replaced last of all files. */
export type Manifest = z.infer<typeof manifest>;

/** The manifest of a run that begins. */
export function newManifest(spec: RunSpec): Manifest {
  return {
    ...spec,
    status: "running",
    submitted: new Date().toISOString(),
    finished: null,
    windows: 0,
    table: [],
    failed: [],
    results: [],
    error: null,
    engine: null,
  };
}

const REMEDY = "remove it, and the same submission goes on from the chunks beside it";

/** Reads the folder's manifest; null where there is none. Throws a UserError on a damaged one. */
export async function readManifest(folder: RunFolder): Promise<Manifest | null> {
  const bytes = await folder.read(MANIFEST).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw error;
  });
  if (bytes === null) return null;
  const where = `${folder.location}/${MANIFEST}`;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (error) {
    throw new UserError(`${where} is not JSON; ${REMEDY}`, { cause: error });
  }
  const parsed = manifest.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UserError(`${where} is damaged (${issuesOf(parsed.error)}); ${REMEDY}`);
}

/** Writes the manifest, replacing the one before it in one step. */
export async function writeManifest(folder: RunFolder, value: Manifest): Promise<void> {
  await folder.write(MANIFEST, Buffer.from(`${JSON.stringify(value, null, 2)}\n`));
}

/** The windows that a partial run lacks, for a person: which, and why. */
export function failedWindows({ failed, plan }: Manifest): string {
  const ranges = failed.slice(0, 5).map((chunk) => {
    const windows = windowsOf(plan, chunk);
    return `windows ${windows[0]} to ${windows.at(-1)} (chunk ${chunk.index}: ${chunk.reason})`;
  });
  const more = failed.length - ranges.length;
  return `${ranges.join(", ")}${more > 0 ? ` and ${more} more chunks` : ""} ${failed.length === 1 ? "is" : "are"} missing`;
}
