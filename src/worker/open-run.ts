import type { Program } from "../program/program.js";
import { decodeProgramFile } from "../program/program-file.js";
import { comparedColumnOf, parseTarget } from "../program/target.js";
import { messageOf, PermanentError } from "../shared/errors.js";
import { readManifest } from "../shared/manifest.js";
import type { RunFolder } from "../shared/run-folder.js";
import { type RunSpec, sha256 } from "../shared/run-spec.js";
import type { StoredSeries } from "../shared/series-arrow.js";
import type { Executor } from "./engine/engine.js";
import { selectEngine } from "./engine/select-engine.js";
import type { Method } from "./methods/method.js";
import { selectMethod } from "./methods/select-method.js";

/** A run made ready to compute chunks of. */
export interface OpenRun {
  readonly spec: RunSpec;
  readonly folder: RunFolder;
  readonly stored: StoredSeries;
  readonly program: Program;
  readonly comparedColumn: string | null; // of a target loss:COLUMN
  readonly engine: string; // what the executor runs on: "native: avx512"
  readonly executor: Executor;
  readonly baseline: Float64Array | null; // [T·F], as the model sees it: that of --baseline FILE
  readonly method: Method;
}

/** What a process already holds of a run, that it need not read. */
export type Loaded = Pick<OpenRun, "spec" | "stored" | "program" | "baseline">;

/**
 * Opens a run from its folder: reads the series and the program that it was planned with, no others, and prepares the
 * program for `threads` threads. `note` hears where the engine is a slower one than it could be. Throws a
 * PermanentError where the folder is damaged.
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
  // Another process may have submitted the run at the same time, and its files may be the ones in the folder.
  const { stored, program, baseline } =
    loaded !== null && isOf(spec, loaded)
      ? loaded
      : {
          stored: await readSeries(folder, spec),
          program: await readProgram(folder, spec),
          baseline: await readBaseline(folder, spec),
        };
  const method = selectMethod(spec, { scaled: stored.scaled, baseline });
  const engine = await selectEngine(spec.options.engine, note);
  const executor = await engine.prepare(program, { precision: spec.options.precision, threads });
  const comparedColumn = comparedColumnOf(parseTarget(spec.options.target));
  const computing = `${engine.name}: ${engine.description}`;
  return { spec, folder, stored, program, comparedColumn, engine: computing, executor, baseline, method };
}

/** The program of a stored run. Throws a PermanentError where it is not the one that the run was planned with. */
export async function readProgram(folder: RunFolder, spec: RunSpec): Promise<Program> {
  return decodeProgramFile(await readStored(folder, spec.stored.program));
}

/** Reads a run's copy of its series. Throws a PermanentError where it is not the one that the run was planned with. */
export async function readSeries(folder: RunFolder, spec: RunSpec): Promise<StoredSeries> {
  const bytes = await readStored(folder, spec.stored.series);
  const { decodeSeries } = await import("../shared/series-arrow.js");
  return decodeSeries(bytes);
}

/** The window that a run's baseline file gives, [T·F]; null where it has none. */
export async function readBaseline(folder: RunFolder, spec: RunSpec): Promise<Float64Array | null> {
  if (spec.stored.baseline === undefined) return null;
  const bytes = await readStored(folder, spec.stored.baseline);
  return new Float64Array(bytes.slice().buffer); // a copy, which begins where float64 may
}

async function readStored(folder: RunFolder, file: RunSpec["stored"]["series"]): Promise<Uint8Array> {
  const bytes = await folder.read(file.name).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw cause;
    throw new PermanentError(`${folder.location} lacks ${file.name}: ${messageOf(cause)}`, { cause });
  });
  if (sha256(bytes) === file.sha256) return bytes;
  throw new PermanentError(`${folder.location}/${file.name} is not the file that the run was planned with`);
}

function isOf({ stored: { series, program, baseline } }: RunSpec, { spec: { stored } }: Loaded): boolean {
  return (
    series.sha256 === stored.series.sha256 &&
    program.sha256 === stored.program.sha256 &&
    baseline?.sha256 === stored.baseline?.sha256
  );
}
