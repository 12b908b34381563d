import {
  choice,
  flag,
  nameOrNumber,
  names,
  type OptionKind,
  outputList,
  path,
  size,
  text,
  whole,
  windowRanges,
} from "./option-kinds.js";

/** Where an option may be given. The library takes those that a schedule carries. */
export type Place = "command line" | "config" | "schedule";

/** An option of a submission: all that commander, jac.config.json, schedules and a run's record are made from. */
export interface SubmitOption {
  readonly kind: OptionKind;
  /** What stands for its value in --help; flags have none. */
  readonly placeholder?: string;
  readonly help: string;
  /** null: there is none. */
  readonly default: unknown;
  /** What --help says is done without it, where the default does not say so itself. */
  readonly otherwise?: string;
  /**
   * How it enters the run's id, and whether it is kept with the run. always: its value, the default too; unless
   * default: its value where it is another, so that an option which is added leaves the ids of earlier runs as they
   * are; content: the bytes of the file that it names; never: it does not change the result.
   */
  readonly identity: "always" | "unless default" | "content" | "never";
  readonly places: readonly Place[];
}

const ANYWHERE = ["command line", "config", "schedule"] as const;
const COMMAND_LINE = ["command line"] as const;

/** The most threads that the engines take. */
export const MAX_THREADS = 1024;

/** The options of jac submit, in the order of --help. The flag of timeColumn is --time-column, and so is its key in a config. */
export const SUBMIT_OPTIONS = {
  model: {
    kind: path,
    placeholder: "file",
    help: "the trained model: .h5 or .keras",
    default: null,
    otherwise: "what jac.config.json names, else the only one beside the series",
    identity: "content",
    places: ANYWHERE,
  },
  scaler: {
    kind: path,
    placeholder: "file",
    help: "JSON {kind, columns, mean or min, scale}: raw columns in, scaled values to the model",
    default: null,
    identity: "content",
    places: ANYWHERE,
  },
  sheet: {
    kind: nameOrNumber,
    placeholder: "name",
    help: "sheet of a spreadsheet, by name or number",
    default: null,
    otherwise: "the first that has data",
    identity: "always",
    places: ANYWHERE,
  },
  columns: {
    kind: names,
    placeholder: "a,b,c",
    help: "feature columns in the model's order",
    default: null,
    otherwise: "every numeric one",
    identity: "always",
    places: ANYWHERE,
  },
  timeColumn: {
    kind: text,
    placeholder: "name",
    help: "column of times, or none",
    default: null,
    otherwise: "the first date column",
    identity: "always",
    places: ANYWHERE,
  },
  groupBy: {
    kind: text,
    placeholder: "name",
    help: "column of groups, which windows never cross",
    default: null,
    identity: "always",
    places: ANYWHERE,
  },
  target: {
    kind: text,
    placeholder: "what",
    help: "what is differentiated: output, loss, loss:COLUMN, layer:NAME",
    default: "output",
    identity: "always",
    places: ANYWHERE,
  },
  outputs: {
    kind: outputList,
    placeholder: "list",
    help: "only these outputs: 0,23 or 0:6; of several by name: NAME, NAME:0,NAME:3",
    default: null,
    otherwise: "all",
    identity: "unless default",
    places: ANYWHERE,
  },
  outputNames: {
    kind: names,
    placeholder: "a,b,c",
    help: "names for the outputs, in order, shown in all results",
    default: null,
    identity: "unless default",
    places: ANYWHERE,
  },
  mode: {
    kind: choice("batch", "full"),
    placeholder: "mode",
    help: "batch: each window's outputs by its own inputs; full: by those of every chosen window",
    default: "batch",
    identity: "always",
    places: ANYWHERE,
  },
  memory: {
    kind: size,
    placeholder: "size",
    help: "the most that --mode full may give: 512MiB, 2GB",
    default: 2 ** 30,
    otherwise: "1 GiB",
    identity: "never",
    places: ANYWHERE,
  },
  window: {
    kind: whole(1),
    placeholder: "rows",
    help: "rows of a window, where the model leaves them open",
    default: null,
    identity: "always",
    places: ANYWHERE,
  },
  windows: {
    kind: windowRanges,
    placeholder: "list",
    help: "only these windows: 0,50 or 100:200",
    default: null,
    identity: "always",
    places: ANYWHERE,
  },
  stride: {
    kind: whole(1),
    placeholder: "rows",
    help: "rows from one window to the next",
    default: 1,
    identity: "always",
    places: ANYWHERE,
  },
  missing: {
    kind: choice("skip", "interpolate", "error"),
    placeholder: "how",
    help: "windows with an empty cell",
    default: "skip",
    identity: "always",
    places: ANYWHERE,
  },
  engine: {
    kind: choice("auto", "native", "wasm", "reference"),
    placeholder: "name",
    help: "what computes",
    default: "auto",
    identity: "always",
    places: ANYWHERE,
  },
  precision: {
    kind: choice("float32", "float64"),
    placeholder: "type",
    help: "the numbers that are computed with",
    default: "float32",
    identity: "always",
    places: ANYWHERE,
  },
  chunk: {
    kind: whole(1),
    placeholder: "windows",
    help: "windows per chunk",
    default: null,
    otherwise: "about a second's work",
    identity: "always",
    places: ANYWHERE,
  },
  out: {
    kind: text,
    placeholder: "dir",
    help: "folder that holds the runs",
    default: "jac-runs",
    identity: "never",
    places: COMMAND_LINE,
  },
  workers: {
    kind: whole(0, MAX_THREADS),
    placeholder: "n",
    help: "threads that compute in this process",
    default: null,
    otherwise: "one per core; with a queue 0",
    identity: "never",
    places: COMMAND_LINE,
  },
  detach: {
    kind: flag,
    help: "return once the run is enqueued",
    default: null,
    identity: "never",
    places: COMMAND_LINE,
  },
} as const satisfies Record<string, SubmitOption>;
