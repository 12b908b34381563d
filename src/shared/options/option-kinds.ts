import { z } from "zod";
import { parseNames } from "./parse-names.js";
import { parseSize } from "./parse-size.js";
import { mergeRanges, parseWindows } from "./parse-windows.js";

/** The values that an option takes. */
export interface OptionKind<Shape extends z.ZodType = z.ZodType> {
  /**
   * Reads a value as a config, a schedule or a caller of the library gives it, and takes what it has made of one as it
   * is. Its messages follow the option's name: "must be …".
   */
  readonly shape: Shape;
  /** The command line's text as such a value; absent: the text is one. */
  readonly fromText?: (text: string) => unknown;
  /** The values there are, where they are a few words. */
  readonly choices?: readonly string[];
  /** On the command line it stands alone, without a value. */
  readonly flag?: true;
  /** Whether a value is the path of a file: in a config from the config's folder, in a schedule absolute. */
  readonly isPath?: (value: string) => boolean;
}

const error = "must be a text of at least one character";
const word = z.string({ error }).min(1, { error });

/** Any text but an empty one. */
export const text: OptionKind<typeof word> = { shape: word };

/** The path of a file. */
export const path: OptionKind<typeof word> = { shape: word, isPath: () => true };

/** The path of a file, or one of a few words that stand for something else. */
export function wordOrPath(...words: readonly string[]): OptionKind<typeof word> {
  return { shape: word, isPath: (value) => !words.includes(value) };
}

/** One of a few words. */
export function choice<const T extends readonly [string, ...string[]]>(...choices: T) {
  const shape = z.enum(choices, { error: `must be one of ${choices.join(", ")}` });
  return { shape, choices } satisfies OptionKind;
}

/** A whole number within bounds, both included. */
export function whole(least: number, most = Number.MAX_SAFE_INTEGER): OptionKind<z.ZodInt> {
  const bounds = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `${least} to ${most}`;
  const error = `must be a whole number of ${bounds}`;
  return {
    shape: z.int({ error }).min(least, { error }).max(most, { error }),
    fromText: (digits) => (/^\d+$/.test(digits) ? Number(digits) : digits),
  };
}

/** A number within bounds, both included. */
export function decimal(least: number, most: number): OptionKind<z.ZodNumber> {
  const error = `must be a number of ${least} to ${most}`;
  return {
    shape: z.number({ error }).min(least, { error }).max(most, { error }),
    fromText: (digits) => (/^\d*\.?\d+(e[+-]?\d+)?$/i.test(digits) ? Number(digits) : digits),
  };
}

const flagShape = z.boolean({ error: "must be true or false" });

/** On or off. */
export const flag: OptionKind<typeof flagShape> = { shape: flagShape, flag: true };

const numbered = z.union([word, z.int().positive().transform(String)], {
  error: "must be a name or a number",
});

/** A thing's name, or its number from 1. */
export const nameOrNumber: OptionKind<typeof numbered> = { shape: numbered };

const listed = { error: "must be names parted by commas, or a list of them" };
const list = z.union(
  [z.array(word, listed).min(1, listed).readonly(), z.string().transform(orRefuse(parseNames))],
  listed,
);

/** Names, in order. */
export const names: OptionKind<typeof list> = { shape: list };

const count = z.int().nonnegative();
const listedOutputs = { error: "must be numbers or names parted by commas, or a list of them" };
const output = z.union([word, count.transform(String)]);
const outputs = z.union(
  [
    z.array(output, listedOutputs).min(1, listedOutputs).readonly(),
    count.transform((number) => [String(number)]),
    z.string().transform(orRefuse(parseNames)),
  ],
  listedOutputs,
);

/** Outputs of a model by number from 0, by name or by both, in order, as texts. */
export const outputList: OptionKind<typeof outputs> = { shape: outputs };

const range = z.strictObject({ from: count, to: count }).refine(({ from, to }) => from < to);
const ranges = z.union(
  [
    z.array(range).min(1).transform(mergeRanges),
    count.transform((window) => [{ from: window, to: window + 1 }]),
    z.string().transform(orRefuse(parseWindows)),
  ],
  { error: "must be windows and ranges first:last+1 of them, such as 0,50 or 100:200" },
);

/** Numbers of windows and ranges of them, as ranges that ascend and do not touch. */
export const windowRanges: OptionKind<typeof ranges> = { shape: ranges };

const byteSize = z.union([z.int().positive(), z.string().transform(orRefuse(parseSize))], {
  error: "must be a size such as 512MiB or 2GB",
});

/** A size in bytes. */
export const size: OptionKind<typeof byteSize> = { shape: byteSize };

/** What parse makes of a text, as a step of a shape. */
function orRefuse<T>(parse: (text: string) => T | null) {
  return (text: string, context: z.RefinementCtx): T => {
    const parsed = parse(text);
    if (parsed === null) context.addIssue("must be of another form");
    return parsed ?? z.NEVER;
  };
}
