import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { z } from "zod";
import { UserError } from "../shared/errors.js";
import { type OptionKind, whole } from "../shared/options/option-kinds.js";
import { keyOf, type NameIn, namesIn, type OptionsIn, optionOf } from "../shared/options/option-values.js";
import type { SubmitOption } from "../shared/options/submit-options.js";
import type { Context } from "./context.js";

/** Where the runs are. */
export interface PlaceOptions {
  readonly out: string;
}

/** Which queue. */
export interface QueueOptions {
  readonly queue?: string;
}

/** How a command tells what came of it. */
export interface OutputOptions {
  readonly json?: true;
  readonly debug?: true;
}

/** All that jac submit takes. */
export interface SubmitFlags extends OptionsIn<"command line">, QueueOptions, OutputOptions {
  readonly out: string;
}

/** The options of the commands on runs that exist; each has some of them. */
export interface RunFlags extends PlaceOptions, QueueOptions, OutputOptions {
  readonly workers?: number | undefined;
  readonly program?: true;
}

/** What jac verify takes. */
export interface VerifyFlags extends PlaceOptions, OutputOptions {
  readonly sample?: number;
}

/** All that jac worker takes. */
export interface WorkerFlags extends QueueOptions {
  readonly workers?: number;
  readonly concurrency: number;
  readonly grace: number;
  readonly maxStarts: number;
  readonly listen?: Address;
}

/** All that jac serve takes. */
export interface ServeFlags extends QueueOptions {
  readonly host: string;
  readonly port: number;
  readonly manage?: true;
}

/** What the commands of jac schedule take. */
export interface ScheduleFlags extends QueueOptions, OutputOptions {
  readonly cron?: string;
  readonly tz?: string;
}

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The queue's URL, from the environment where it is not given: an argument can be read by others in `ps`. */
export function queueOption(context: Context): Option {
  const option = new Option(
    "--queue <url>",
    "redis://HOST:PORT[/DB] (default: $JAC_QUEUE_URL, else this process alone)",
  );
  const { JAC_QUEUE_URL: fromEnvironment } = context.env;
  if (fromEnvironment) option.default(fromEnvironment, "$JAC_QUEUE_URL");
  return option;
}

/** --json, of the commands whose answer a program may want. */
export function jsonOption(): Option {
  return new Option("--json", "one JSON object on the last line of stdout");
}

/**
 * An option of a submission as commander has it. `help` and `otherwise` in place of the table's, for a command on which
 * it means something a little different.
 */
export function submitOption(
  name: NameIn<"command line">,
  words: Partial<Pick<SubmitOption, "help" | "otherwise">> = {},
): Option {
  const { kind, placeholder, help, otherwise, default: usual, places } = { ...optionOf(name), ...words };
  const flag = placeholder === undefined ? `--${keyOf(name)}` : `--${keyOf(name)} <${placeholder}>`;
  const without = otherwise ?? (places.includes("config") ? usual : null); // which goes before commander's default
  const option = new Option(flag, without === null ? help : `${help} (default: ${without})`);
  if (!places.includes("config") && usual !== null) option.default(usual);
  if (kind.choices !== undefined) option.choices(kind.choices);
  return kind.flag === true ? option : option.argParser(reader(kind));
}

/** Adds the options that say how a series is read and what is computed of it: those that a schedule carries. */
export function addRunOptions(command: Command): Command {
  for (const name of namesIn("schedule")) command.addOption(submitOption(name));
  return command;
}

/** Threads that compute in this process. Throws a UserError where nobody would compute. */
export function workersHere({ queue, workers }: Pick<RunFlags, "queue" | "workers">): number {
  if (queue) return workers ?? 0;
  if (workers === 0)
    throw new UserError(
      "--workers 0 leaves nobody to compute: give at least one, or a queue with --queue redis://HOST:PORT",
    );
  return workers ?? availableParallelism();
}

/** A whole number within bounds, both included. */
export function count(least: number, most?: number): (text: string) => number {
  return reader(whole(least, most));
}

/** `[HOST:]PORT`; without a host the loopback. */
export function address(text: string): Address {
  const [, host, port = ""] = /^(?:(.+):)?(\d+)$/.exec(text) ?? [];
  if (port !== "" && Number(port) <= 65535)
    return { host: host?.replace(/^\[|\]$/g, "") ?? "127.0.0.1", port: Number(port) };
  throw new InvalidArgumentError("It must be PORT or HOST:PORT.");
}

/** Reads the command line's text as values of this kind. */
function reader<Shape extends z.ZodType>({ shape, fromText }: OptionKind<Shape>) {
  return (text: string): z.output<Shape> => {
    const parsed = shape.safeParse(fromText === undefined ? text : fromText(text));
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(`It ${parsed.error.issues[0]!.message}.`);
  };
}
