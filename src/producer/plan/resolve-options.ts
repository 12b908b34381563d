import { UserError } from "../../shared/errors.js";
import { readOption } from "../../shared/options/option-shapes.js";
import {
  keyOf,
  type NameIn,
  namesIn,
  type OptionsIn,
  optionOf,
  type Resolved,
  type SubmitOptions,
} from "../../shared/options/option-values.js";

/** A submission's options, each with its value. */
export type ResolvedOptions = Resolved<NameIn<"schedule">>;

/**
 * The options of a submission: what was given, before what the config says, before the defaults. Throws a UserError
 * for a given value that an option does not take.
 */
export function resolveOptions(given: SubmitOptions, config: OptionsIn<"config">): ResolvedOptions {
  const resolved = namesIn("schedule").map((name) => {
    const said: Readonly<Record<string, unknown>> = config;
    return [name, readGiven(name, given[name]) ?? said[name] ?? optionOf(name).default];
  });
  return Object.fromEntries(resolved) as ResolvedOptions;
}

function readGiven(name: NameIn<"schedule">, given: unknown): unknown {
  if (given === undefined) return undefined;
  const read = readOption(name, given);
  if ("fault" in read) throw new UserError(`--${keyOf(name)} ${read.fault}, not ${JSON.stringify(given)}`);
  return read.value;
}
