import { readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { messageOf, UserError } from "../../shared/errors.js";
import type { SubmitOptions } from "../../shared/options/option-values.js";
import { readConfig } from "./read-config.js";
import { type ResolvedOptions, resolveOptions } from "./resolve-options.js";

/** A submission's options, with the model that it takes. */
export interface Inputs extends ResolvedOptions {
  readonly model: string; // path
}

/**
 * Finds what goes with a series: what the caller gives, else what `jac.config.json` beside the series says, else, for
 * the model, the only model file beside the series. Throws a UserError for options that make no sense and where no
 * model, or more than one, is found.
 */
export async function findInputs(seriesPath: string, given: SubmitOptions = {}): Promise<Inputs> {
  const folder = dirname(resolve(seriesPath));
  const options = resolveOptions(given, await readConfig(folder));
  return { ...options, model: options.model ?? (await onlyModel(folder, basename(seriesPath))) };
}

async function onlyModel(folder: string, series: string): Promise<string> {
  const names = await readdir(folder).catch((cause) => {
    throw new UserError(`the folder ${folder} cannot be read: ${messageOf(cause)}`, { cause });
  });
  const models = names.filter((name) => /\.(h5|hdf5|keras)$/i.test(name)).sort();
  if (models.length === 1) return join(folder, models[0]!);
  if (models.length === 0)
    throw new UserError(`no model stands beside ${series}; give one with --model FILE (.h5 or .keras)`);
  throw new UserError(
    `several models stand beside ${series}: ${models.join(", ")}; choose one with --model FILE`,
  );
}
