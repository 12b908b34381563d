import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError, Option } from "commander";
import { parseNames } from "../producer/plan/parse-names.js";
import type { SubmitOptions } from "../producer/plan/submit-options.js";
import { UserError } from "../shared/errors.js";
import type { Context } from "./context.js";

/** Where runs are kept unless --out says otherwise. */
export const DEFAULT_OUT = "jac-runs";

const MAX_THREADS = 1024; // as many as the engines take

export interface PlaceOptions {
  readonly out: string;
}

export interface QueueOptions {
  readonly queue?: string;
}

export interface OutputOptions {
  readonly json?: true;
  readonly debug?: true;
}

export interface SubmitFlags extends SubmitOptions, PlaceOptions, QueueOptions, OutputOptions {
  readonly workers?: number;
  readonly detach?: true;
  readonly memory?: string;
}

/** The options of the commands on runs that exist; each has some of them. */
export interface RunFlags extends PlaceOptions, QueueOptions, OutputOptions {
  readonly workers?: number;
  readonly program?: true;
}

export interface VerifyFlags extends PlaceOptions, OutputOptions {
  readonly sample?: number;
}

export interface WorkerFlags extends QueueOptions {
  readonly workers?: number;
  readonly concurrency: number;
  readonly grace: number;
  readonly maxStarts: number;
  readonly listen?: Address;
}

export interface ServeFlags extends QueueOptions {
  readonly host: string;
  readonly port: number;
  readonly manage?: true;
}

export interface ScheduleFlags extends QueueOptions, OutputOptions {
  readonly cron?: string;
  readonly tz?: string;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export function outOption(): Option {
  return new Option("--out <dir>", "folder that holds the runs").default(DEFAULT_OUT).argParser((text) => {
    if (text !== "") return text;
    throw new InvalidArgumentError("It must name a folder.");
  });
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

export function jsonOption(): Option {
  return new Option("--json", "one JSON object on the last line of stdout");
}

export function workersOption(description: string): Option {
  return new Option("--workers <n>", description).argParser(count(0, MAX_THREADS));
}

/** Adds the options of spec that say how a series is read and what is computed of it. */
export function addRunOptions(command: Command): Command {
  return command
    .option(
      "--model <file>",
      "the trained model: .h5, .keras or model.json (default: jac.config.json, else the only one beside)",
    )
    .option(
      "--scaler <file>",
      "JSON {kind, columns, mean or min, scale}: raw columns in, scaled values to the model",
    )
    .option("--sheet <name>", "sheet of a spreadsheet, by name or number (default: the first that has data)")
    .addOption(
      new Option(
        "--columns <a,b,c>",
        "feature columns in the model's order (default: every numeric one)",
      ).argParser(names),
    )
    .option("--time-column <name>", "column of times, or none (default: the first date column)")
    .option("--group-by <name>", "column of groups, which windows never cross")
    .option(
      "--target <what>",
      "what is differentiated: output, loss, loss:COLUMN, layer:NAME (default: output)",
    )
    .addOption(new Option("--mode <mode>", "batch or full (default: batch)").choices(["batch", "full"]))
    .addOption(
      new Option("--window <rows>", "rows of a window, where the model leaves them open").argParser(count(1)),
    )
    .option("--windows <list>", "only these windows: 0,50 or 100:200")
    .addOption(
      new Option("--stride <rows>", "rows from one window to the next (default: 1)").argParser(count(1)),
    )
    .addOption(
      new Option("--missing <how>", "windows with an empty cell (default: skip)").choices([
        "skip",
        "interpolate",
        "error",
      ]),
    )
    .addOption(
      new Option("--engine <name>", "what computes (default: auto)").choices([
        "auto",
        "native",
        "wasm",
        "tensorflow",
        "reference",
      ]),
    )
    .addOption(new Option("--precision <type>", "default: float32").choices(["float32", "float64"]))
    .addOption(
      new Option("--chunk <windows>", "windows per chunk (default: about a second's work)").argParser(
        count(1),
      ),
    )
    .option("--memory <size>", "most memory for --mode full");
}

/** Threads that compute in this process. Throws a UserError where nobody would compute. */
export function workersHere({ queue, workers }: Pick<SubmitFlags, "queue" | "workers">): number {
  if (queue) return workers ?? 0;
  if (workers === 0)
    throw new UserError(
      "--workers 0 leaves nobody to compute: give at least one, or a queue with --queue redis://HOST:PORT",
    );
  return workers ?? availableParallelism();
}

/** A whole number, at least so many, and at most. */
export function count(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    const bound = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `${least} to ${most}`;
    throw new InvalidArgumentError(`It must be a whole number of ${bound}.`);
  };
}

/** `[HOST:]PORT`; without a host the loopback. */
export function address(text: string): Address {
  const [, host, port = ""] = /^(?:(.+):)?(\d+)$/.exec(text) ?? [];
  if (port !== "" && Number(port) <= 65535)
    return { host: host?.replace(/^\[|\]$/g, "") ?? "127.0.0.1", port: Number(port) };
  throw new InvalidArgumentError("It must be PORT or HOST:PORT.");
}

function names(text: string): string[] {
  const parsed = parseNames(text);
  if (parsed !== null) return parsed;
  throw new InvalidArgumentError("It must be names parted by commas.");
}
