import { basename } from "node:path";
import { z } from "zod";
import { messageOf, UserError } from "../../shared/errors.js";
import type { Scaler } from "../../shared/series.js";
import { readInput } from "../read/read-input.js";

const numbers = z
  .array(z.number({ error: "must hold finite numbers" }), { error: "must be a list of numbers" })
  .min(1, "is empty");

const fields = {
  columns: z
    .array(z.string({ error: "must hold names" }).min(1, "holds an empty name"), {
      error: "must be a list of names",
    })
    .min(1, "is empty"),
  scale: numbers,
};

const SCALER = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({ kind: z.literal("standard"), ...fields, mean: numbers }),
    z.strictObject({ kind: z.literal("minmax"), ...fields, min: numbers }),
  ],
  { error: 'must be "standard" or "minmax"' },
);

/**
 * Reads a scaler's JSON: `{kind: "standard", columns, mean, scale}`, scaled = (raw − mean) / scale, or
 * `{kind: "minmax", columns, min, scale}`, scaled = (raw − min) / scale with scale = max − min. Throws a UserError
 * that names the field at fault.
 */
export async function readScaler(path: string): Promise<Scaler> {
  const name = basename(path);
  const text = (await readInput(path, "scaler")).toString("utf8");
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new UserError(`the scaler ${name} is not JSON: ${messageOf(cause)}`, { cause });
  }
  return parseScaler(json, name);
}

/** The scaler that a parsed JSON describes; `name` is the file's, for messages. */
export function parseScaler(json: unknown, name: string): Scaler {
  const parsed = SCALER.safeParse(json);
  if (!parsed.success) throw new UserError(`the scaler ${name}: ${describe(parsed.error.issues[0]!, json)}`);
  const { data } = parsed;
  const [shiftName, shift] = data.kind === "standard" ? ["mean", data.mean] : ["min", data.min];
  const { columns, scale } = data;
  for (const [field, list] of [
    [shiftName, shift],
    ["scale", scale],
  ] as const)
    if (list.length !== columns.length)
      throw new UserError(
        `the scaler ${name}: ${field} has ${list.length} numbers for ${columns.length} columns`,
      );
  const twice = columns.find((column, i) => columns.indexOf(column) !== i);
  if (twice !== undefined) throw new UserError(`the scaler ${name}: column ${twice} is named twice`);
  const zero = scale.indexOf(0);
  if (zero >= 0)
    throw new UserError(
      `the scaler ${name}: scale of column ${columns[zero]} is 0, which cannot be divided by; a constant column takes 1`,
    );
  return { kind: data.kind, columns, shift: Float64Array.from(shift), scale: Float64Array.from(scale) };
}

function describe(issue: z.core.$ZodIssue, json: unknown): string {
  if (issue.path.length === 0 && issue.code === "invalid_type")
    return "must be an object {kind, columns, mean or min, scale}";
  if (issue.code === "unrecognized_keys") return `the field "${issue.keys[0]}" is unknown`;
  const field = String(issue.path[0]);
  const absent = json !== null && typeof json === "object" && !(field in json);
  return absent ? `the field "${field}" is missing` : `${issue.path.join(".")} ${issue.message}`;
}
