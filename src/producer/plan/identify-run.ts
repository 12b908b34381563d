import { basename, join } from "node:path";
import { parseTarget, type TargetSpec } from "../../program/target.js";
import { type Manifest, readManifest } from "../../shared/manifest.js";
import { openFolder } from "../../shared/open-folder.js";
import { type RunOptions, runOptionsOf } from "../../shared/options/option-shapes.js";
import type { SubmitOptions } from "../../shared/options/option-values.js";
import type { RunFolder } from "../../shared/run-folder.js";
import { type RunSpec, runId, sha256 } from "../../shared/run-spec.js";
import { readInput } from "../read/read-input.js";
import { findInputs } from "./find-inputs.js";

/** A submission whose inputs' bytes are read, and with them its id, but not yet understood. */
export interface IdentifiedRun {
  readonly run: string;
  readonly folder: RunFolder;
  /** The run's record where it was submitted before. */
  readonly known: Manifest | null;
  readonly options: RunOptions;
  readonly target: TargetSpec;
  /** The most bytes that full mode may give. */
  readonly memory: number;
  readonly inputs: RunSpec["inputs"];
  readonly paths: { readonly series: string; readonly scaler: string | null };
  /** The files' content: what is hashed is what is read. */
  readonly files: { readonly series: Buffer; readonly model: Buffer };
}

/**
 * Finds and reads a submission's input files and looks whether its run exists, in `<out>/<run>`. Throws a UserError
 * for options that make no sense and files that cannot be read.
 */
export async function identifyRun(
  seriesPath: string,
  given: SubmitOptions,
  out: string,
): Promise<IdentifiedRun> {
  const series = await readInput(seriesPath, "series");
  const found = await findInputs(seriesPath, given);
  const options = runOptionsOf(found);
  const target = parseTarget(options.target);
  const model = await readInput(found.model, "model");
  const inputs = {
    series: inputFile(seriesPath, series),
    model: inputFile(found.model, model),
    scaler: found.scaler === null ? null : inputFile(found.scaler, await readInput(found.scaler, "scaler")),
  };
  const digests = {
    series: inputs.series.sha256,
    model: inputs.model.sha256,
    scaler: inputs.scaler?.sha256 ?? null,
  };
  const run = runId(digests, options);
  const folder = openFolder(out.includes("://") ? `${out.replace(/\/$/, "")}/${run}` : join(out, run));
  const known = await readManifest(folder);
  return {
    run,
    folder,
    known,
    options,
    target,
    memory: found.memory,
    inputs,
    paths: { series: seriesPath, scaler: found.scaler },
    files: { series, model },
  };
}

/** What a run's record says of a file. */
export function inputFile(path: string, bytes: Uint8Array): RunSpec["inputs"]["series"] {
  return { name: basename(path), sha256: sha256(bytes), bytes: bytes.length };
}
