import { z } from "zod";
import {
  namesIn,
  type OptionName,
  type OptionsIn,
  optionNames,
  optionOf,
  type Resolved,
  type RunOptionName,
} from "./option-values.js";
import type { SubmitOption } from "./submit-options.js";

/** The options that are kept with a run. */
export type RunOptions = Resolved<RunOptionName>;

const runOptionNames = optionNames.filter((name): name is RunOptionName =>
  ["always", "unless default"].includes(optionOf(name).identity),
);

/** RunOptions as a run's record has them. One that the record's version did not have yet is at its default. */
export const runOptions = z.strictObject(
  Object.fromEntries(runOptionNames.map((name) => [name, resolvedShape(optionOf(name))])) as {
    [N in RunOptionName]: z.ZodType<RunOptions[N]>;
  },
);

function resolvedShape({ kind, default: usual }: SubmitOption): z.ZodType {
  return usual === null ? kind.shape.nullable().default(null) : kind.shape.default(usual);
}

/** The options that a schedule carries, as it carries them. */
export const scheduledOptions = z.strictObject(
  Object.fromEntries(namesIn("schedule").map((name) => [name, optionOf(name).kind.shape.optional()])),
) as unknown as z.ZodType<OptionsIn<"schedule">>;

/** Of a submission's options those that are kept with its run. */
export function runOptionsOf(resolved: RunOptions): RunOptions {
  return Object.fromEntries(runOptionNames.map((name) => [name, resolved[name]])) as RunOptions;
}

/** What of a run's options enters its id, in the order of their names. */
export function identityOf<N extends string>(
  options: Readonly<Record<N, unknown>>,
  table: Readonly<Record<NoInfer<N>, Pick<SubmitOption, "identity" | "default">>>,
): Record<string, unknown> {
  const names = (Object.keys(options) as N[]).sort();
  const entering = names.filter(
    (name) => table[name].identity !== "unless default" || options[name] !== table[name].default,
  );
  return Object.fromEntries(entering.map((name) => [name, options[name]]));
}

/** A value of an option read, or what is wrong with it: "must be …". */
export function readOption(
  name: OptionName,
  given: unknown,
): { readonly value: unknown } | { readonly fault: string } {
  const parsed = optionOf(name).kind.shape.safeParse(given);
  return parsed.success ? { value: parsed.data } : { fault: parsed.error.issues[0]!.message };
}
