import { createHash } from "node:crypto";
import { z } from "zod";
import { PermanentError } from "./errors.js";
import { identityOf, type RunOptions, runOptions } from "./options/option-shapes.js";
import { SUBMIT_OPTIONS } from "./options/submit-options.js";
import type { Chunk } from "./plan.js";
import { ownInputs } from "./wrt.js";

/** Raised when the same inputs and options would give other bytes than before, so that old runs keep their id. */
export const RESULT_VERSION = 1;

const count = z.int().nonnegative();
const positive = z.int().positive();
const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** A file as it was when it was recorded. */
export const fileRecord = z.strictObject({ name: z.string(), sha256: digest, bytes: count });

/** A file as it was when it was recorded. */
export type FileRecord = z.infer<typeof fileRecord>;

const windowPlan = z.strictObject({
  steps: positive, // T
  stride: positive,
  total: count,
  skipped: count,
  segments: z.array(z.strictObject({ first: count, count: positive })),
  count,
  blocks: z.array(z.strictObject({ firstWindow: count, firstRow: count })),
});

const targetLayout = z.strictObject({
  name: z.string(),
  shape: z.array(positive), // of one window's result, without the batch axis
  m: positive, // its product
  /** Where some of the result's values are chosen, [m]: their numbers among all of it, row-major; null: it is whole. */
  numbers: z.array(count).nullable().default(null),
  outputNames: z.array(z.string()).nullable().default(null), // [m]: what the user calls them
  /** What it is differentiated by; absent in records from before there was another than the window's own inputs. */
  wrt: z.strictObject({ shape: z.array(positive).min(2), names: z.array(z.string()) }).optional(),
});

/** What the files of a run look like. */
const layout = z
  .strictObject({
    steps: positive, // T
    features: positive, // F
    targets: z.array(targetLayout).min(1),
    precision: z.enum(["float32", "float64"]),
    hasTime: z.boolean(),
    grouped: z.boolean(),
  })
  .transform(({ targets, ...sizes }) => ({
    ...sizes,
    targets: targets.map(({ wrt = ownInputs(sizes.steps, sizes.features), ...each }) => ({ ...each, wrt })),
  }));

/** The shape of a RunSpec, of which a manifest is an extension. */
export const runSpecShape = {
  run: z.string().regex(/^r[0-9a-f]{15}$/),
  /** The user's files, as they were. */
  inputs: z.strictObject({
    series: fileRecord,
    model: fileRecord,
    scaler: fileRecord.nullable(),
    baseline: fileRecord.nullable().default(null),
  }),
  /**
   * Copies of series and model in the run's folder, the program made of the model, and of a baseline's file the window
   * that it gives (float64, little-endian, [T, F], as the model sees it): workers read all but the model.
   */
  stored: z.strictObject({
    series: fileRecord,
    model: fileRecord,
    program: fileRecord,
    baseline: fileRecord.optional(),
  }),
  options: runOptions,
  columns: z.array(z.string()), // the F features in the model's order
  scaler: z
    .strictObject({
      kind: z.enum(["standard", "minmax"]),
      columns: z.array(z.string()),
      shift: z.array(z.number()),
      scale: z.array(z.number()),
    })
    .nullable(),
  plan: windowPlan,
  chunkSize: positive, // windows per chunk; the last one may hold fewer
  chunks: count,
  layout,
  versions: z.record(z.string(), z.string()),
};

const runSpec = z.object(runSpecShape);

/** A run as data: all that a worker and the reducer need beside the files in `stored`. */
export type RunSpec = z.infer<typeof runSpec>;

/** Reads a run's specification back (from its manifest). Throws a PermanentError where it is not one. */
export function parseRunSpec(value: unknown): RunSpec {
  const parsed = runSpec.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new PermanentError(`the run's specification is damaged: ${issuesOf(parsed.error)}`);
}

/** What zod found, on one line. */
export function issuesOf(error: z.ZodError): string {
  const issues = error.issues.slice(0, 3).map((issue) => `${issue.path.join(".") || "it"}: ${issue.message}`);
  return issues.join(", ");
}

/** The chunk of a run with this index. */
export function chunkAt(spec: RunSpec, index: number): Chunk {
  const from = index * spec.chunkSize;
  if (!Number.isInteger(index) || index < 0 || index >= spec.chunks) {
    throw new PermanentError(`run ${spec.run} has ${spec.chunks} chunks, there is none of index ${index}`);
  }
  return { index, from, count: Math.min(spec.chunkSize, spec.plan.count - from) };
}

/** The run's copies of its inputs. */
export function storedFiles({ stored }: RunSpec): RunSpec["stored"]["series"][] {
  return Object.values(stored).filter((file) => file !== undefined);
}

/** The files of a chunk in the run's folder. */
export function partName(index: number): string {
  return `jacobians/part-${String(index).padStart(5, "0")}.arrow`;
}

/** The record of a file that holds these bytes. */
export function recordOf(name: string, bytes: Uint8Array): FileRecord {
  return { name, sha256: sha256(bytes), bytes: bytes.length };
}

/** sha256 of bytes, hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * A run's id: what its inputs hold and the options that change the result, never names or places.
 * The same submission has the same id, so it is the same run.
 */
export function runId(
  inputs: { readonly [N in keyof RunSpec["inputs"]]: string | null }, // sha256 of each
  options: RunOptions,
): string {
  const { series, model, scaler, baseline } = inputs;
  const parts = [RESULT_VERSION, series, model, scaler, identityOf(options, SUBMIT_OPTIONS)];
  const text = JSON.stringify(baseline === null ? parts : [...parts, baseline]); // earlier runs had none
  return `r${sha256(Buffer.from(text)).slice(0, 15)}`;
}
