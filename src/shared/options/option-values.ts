import type { z } from "zod";
import { type Place, SUBMIT_OPTIONS, type SubmitOption } from "./submit-options.js";

type Table = typeof SUBMIT_OPTIONS;
type Shape<N extends OptionName> = Table[N]["kind"]["shape"];

/** The name of an option of a submission. */
export type OptionName = keyof Table;

/** The options that may be given in a place. */
export type NameIn<P extends Place> = {
  [N in OptionName]: P extends Table[N]["places"][number] ? N : never;
}[OptionName];

/** The options whose values are kept with a run. */
export type RunOptionName = {
  [N in OptionName]: Table[N]["identity"] extends "always" | "unless default" ? N : never;
}[OptionName];

/** What is read of the options given in a place. */
export type OptionsIn<P extends Place> = {
  readonly [N in NameIn<P>]?: z.output<Shape<N>> | undefined;
};

/** The options of a submission as a caller gives them; what is absent comes from jac.config.json or is the default. */
export type SubmitOptions = {
  readonly [N in NameIn<"schedule">]?: z.input<Shape<N>> | undefined;
};

/** Options, each with a value: null where none is given and there is no default. */
export type Resolved<N extends OptionName> = {
  readonly [K in N]: z.output<Shape<K>> | (Table[K]["default"] extends null ? null : never);
};

/** The options in the order of --help. */
export const optionNames = Object.keys(SUBMIT_OPTIONS) as OptionName[];

/** What the table says of an option. */
export function optionOf(name: OptionName): SubmitOption {
  return SUBMIT_OPTIONS[name];
}

/** The options that may be given in a place. */
export function namesIn<P extends Place>(place: P): NameIn<P>[] {
  return optionNames.filter((name): name is NameIn<P> => optionOf(name).places.includes(place));
}

/** An option's name in a config, and after -- on the command line: time-column for timeColumn. */
export function keyOf(name: OptionName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
