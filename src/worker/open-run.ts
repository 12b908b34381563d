import type { Program } from "../program/program.js";
import { parseTarget } from "../program/target.js";
import { messageOf, PermanentError } from "../shared/errors.js";
import { readManifest } from "../shared/manifest.js";
import type { RunFolder } from "../shared/run-folder.js";
import { type RunSpec, sha256 } from "../shared/run-spec.js";
import type { StoredSeries } from "../shared/series-arrow.js";
import type { Executor } from "./engine/engine.js";
import { selectEngine } from "./engine/select-engine.js";

/** A run made ready to compute chunks of. */
export interface OpenRun {
  readonly spec: RunSpec;
  readonly folder: RunFolder;
  readonly stored: StoredSeries;
  readonly program: Program;
  readonly comparedColumn: string | null; // of a target loss:COLUMN
  readonly executor: Executor;
}

/** What a process already holds of a run, that it need not read. */
export type Loaded = Pick<OpenRun, "stored" | "program">;

/**
 * Opens a run from its folder: reads the copies of its inputs, checks that they are the ones planned with, and
 * prepares the program for `threads` threads. `note` hears where the engine is a slower one than it could be. Throws a PermanentError where the folder is damaged.
 */
export async function openRun(
  folder: RunFolder,
  threads: number,
  note: (line: string) => void,
  loaded: Loaded | null = null,
): Promise<OpenRun> {
  const spec = await readManifest(folder);
  if (spec === null)
    throw new PermanentError(`there is no run in ${folder.location}: it has no manifest.json`);
  const { stored, program } = loaded ?? {
    stored: await readSeries(folder, spec),
    program: await readProgram(folder, spec),
  };
  const engine = await selectEngine(spec.options.engine, note);
  const executor = await engine.prepare(program, { precision: spec.options.precision, threads });
  const target = parseTarget(spec.options.target);
  const comparedColumn = target.kind === "loss" ? target.column : null;
  return { spec, folder, stored, program, comparedColumn, executor };
}

/** The program of a stored run. */
export async function readProgram(folder: RunFolder, spec: RunSpec): Promise<Program> {
  const bytes = await readStored(folder, spec.stored.model);
  const { readModel } = await import("../model/read-model.js");
  const { compile } = await import("../program/compile.js");
  const graph = await readModel(spec.inputs.model.name, bytes);
  return compile(graph, {
    target: parseTarget(spec.options.target),
    steps: spec.options.window ?? undefined,
  });
}

async function readSeries(folder: RunFolder, spec: RunSpec): Promise<StoredSeries> {
  const bytes = await readStored(folder, spec.stored.series);
  const { decodeSeries } = await import("../shared/series-arrow.js");
  return decodeSeries(bytes);
}

async function readStored(folder: RunFolder, file: RunSpec["stored"]["series"]): Promise<Uint8Array> {
  const bytes = await folder.read(file.name).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw cause;
    throw new PermanentError(`${folder.location} lacks ${file.name}: ${messageOf(cause)}`, { cause });
  });
  if (sha256(bytes) === file.sha256) return bytes;
  throw new PermanentError(`${folder.location}/${file.name} is not the file that the run was planned with`);
}
