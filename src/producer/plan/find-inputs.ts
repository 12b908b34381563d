import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { messageOf, UserError } from "../../shared/errors.js";
import { parseNames } from "./parse-names.js";

export const CONFIG_NAME = "jac.config.json";

const word = z.string({ error: "must be a text" }).min(1, "is empty");
const whole = z.int({ error: "must be a whole number" }).positive("must be at least 1");
const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, { error: `must be one of ${values.join(", ")}` });

function namesOf(text: string, context: z.RefinementCtx): string[] {
  const names = parseNames(text);
  if (names === null) context.addIssue("must be names parted by commas");
  return names ?? z.NEVER;
}

/** What a config may set: the options of submit that say how a series is to be read and what is to be computed. */
const CONFIG = z
  .strictObject({
    model: word,
    scaler: word,
    sheet: z.union([word, whole.transform(String)], { error: "must be a sheet's name or number" }),
    columns: z.union([z.array(word), z.string().transform(namesOf)], { error: "must be a list of names" }),
    "time-column": word,
    "group-by": word,
    target: word,
    mode: oneOf("batch", "full"),
    windows: z.union([word, z.int().nonnegative().transform(String)], {
      error: "must be a text such as 0,50 or 100:200",
    }),
    window: whole,
    stride: whole,
    missing: oneOf("skip", "interpolate", "error"),
    engine: oneOf("auto", "native", "wasm", "tensorflow", "reference"),
    precision: oneOf("float32", "float64"),
    chunk: whole,
    memory: z.union([word, whole.transform(String)]),
  })
  .partial();

/** The options that the config beside a series sets, by their names on the command line. */
export type Config = z.infer<typeof CONFIG>;

export interface Inputs {
  readonly model: string; // path
  readonly scaler: string | null; // path
  readonly config: Config;
}

/**
 * Finds what goes with a series: what the caller names, else what `jac.config.json` beside the series names (paths
 * from the config's folder), else, for the model, the only model file beside the series. Throws a UserError where
 * the config is malformed or has an unknown key, and where no model, or more than one, is found.
 */
export async function findInputs(
  seriesPath: string,
  given: { readonly model?: string | undefined; readonly scaler?: string | undefined } = {},
): Promise<Inputs> {
  const folder = dirname(resolve(seriesPath));
  const config = await readConfig(folder);
  const beside = (path: string | undefined) => (path === undefined ? undefined : resolve(folder, path));
  return {
    model: given.model ?? beside(config.model) ?? (await onlyModel(folder, basename(seriesPath))),
    scaler: given.scaler ?? beside(config.scaler) ?? null,
    config,
  };
}

async function readConfig(folder: string): Promise<Config> {
  const path = join(folder, CONFIG_NAME);
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return undefined;
    throw new UserError(`${path} cannot be read: ${messageOf(cause)}`, { cause });
  });
  if (text === undefined) return {};
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new UserError(`${path} is not JSON: ${messageOf(cause)}`, { cause });
  }
  const parsed = CONFIG.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  if (issue.code === "unrecognized_keys")
    throw new UserError(
      `${path}: the key "${issue.keys[0]}" is unknown; a config may set ${Object.keys(CONFIG.shape).join(", ")}`,
    );
  const key = issue.path.join(".");
  throw new UserError(`${path}: ${key === "" ? "must be an object" : `${key} ${issue.message}`}`);
}

async function onlyModel(folder: string, series: string): Promise<string> {
  const names = await readdir(folder).catch((cause) => {
    throw new UserError(`the folder ${folder} cannot be read: ${messageOf(cause)}`, { cause });
  });
  const models = names.filter((name) => /\.(h5|hdf5|keras)$/i.test(name) || name === "model.json").sort();
  if (models.length === 1) return join(folder, models[0]!);
  if (models.length === 0)
    throw new UserError(
      `no model stands beside ${series}; give one with --model FILE (.h5, .keras or model.json)`,
    );
  throw new UserError(
    `several models stand beside ${series}: ${models.join(", ")}; choose one with --model FILE`,
  );
}
