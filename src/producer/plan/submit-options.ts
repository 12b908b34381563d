import { UserError } from "../../shared/errors.js";
import type { RunOptions } from "../../shared/run-spec.js";
import type { Config } from "./find-inputs.js";
import { parseWindows } from "./parse-windows.js";

/** The options of a submission as a caller gives them; what is absent comes from jac.config.json or is the default. */
export interface SubmitOptions {
  readonly model?: string | undefined; // path
  readonly scaler?: string | undefined; // path
  readonly sheet?: string | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly timeColumn?: string | undefined;
  readonly groupBy?: string | undefined;
  readonly target?: string | undefined;
  readonly mode?: RunOptions["mode"] | undefined;
  readonly window?: number | undefined;
  readonly windows?: string | undefined;
  readonly stride?: number | undefined;
  readonly missing?: RunOptions["missing"] | undefined;
  readonly engine?: RunOptions["engine"] | undefined;
  readonly precision?: RunOptions["precision"] | undefined;
  readonly chunk?: number | undefined;
}

/** The options of a run: what was given, before what the config says, before the defaults. */
export function resolveOptions(given: SubmitOptions, config: Config): RunOptions {
  const windows = given.windows ?? config.windows;
  const options: RunOptions = {
    sheet: given.sheet ?? config.sheet ?? null,
    columns: [...(given.columns ?? config.columns ?? [])],
    timeColumn: given.timeColumn ?? config["time-column"] ?? null,
    groupBy: given.groupBy ?? config["group-by"] ?? null,
    target: given.target ?? config.target ?? "output",
    mode: given.mode ?? config.mode ?? "batch",
    window: given.window ?? config.window ?? null,
    windows: windows === undefined ? null : parseWindows(windows),
    stride: given.stride ?? config.stride ?? 1,
    missing: given.missing ?? config.missing ?? "skip",
    engine: given.engine ?? config.engine ?? "auto",
    precision: given.precision ?? config.precision ?? "float32",
    chunk: given.chunk ?? config.chunk ?? null,
  };
  if (options.mode === "full") {
    throw new UserError(
      "--mode full is not available in this version; leave it out for ∂output/∂window (batch)",
    );
  }
  if (options.engine === "tensorflow") {
    throw new UserError("--engine tensorflow is not available in this version; leave it out (auto)");
  }
  return options.columns?.length === 0 ? { ...options, columns: null } : options;
}
