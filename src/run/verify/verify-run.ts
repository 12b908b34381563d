import type { Program } from "../../program/program.js";
import { comparedColumnOf, parseTarget } from "../../program/target.js";
import type { Manifest } from "../../shared/manifest.js";
import { evaluationsOf, methodOf } from "../../shared/options/method-options.js";
import type { RunFolder } from "../../shared/run-folder.js";
import { selectMethod } from "../../worker/methods/select-method.js";
import { readBaseline, readProgram, readSeries } from "../../worker/open-run.js";
import { type CheckedFiles, checkFiles } from "./check-files.js";
import { differenceQuotients } from "./difference-quotients.js";
import { compareWindows, type Difference, recomputeWindows } from "./recompute-sample.js";
import { ReferenceModel } from "./reference-model.js";
import { sampleWindows } from "./sample-windows.js";

const DEFAULT_SAMPLE = 64; // windows
const LEAST_SAMPLE = 4;
const MOST_MULTIPLY_ADDS = 1e9; // for the default: some seconds
const MOST_NUMBERS = 2 ** 24; // of Jacobian held at once
const SHOWN = 3;

/** How much of a run is computed again. */
export interface VerifyOptions {
  /** Windows to compute again; default: 64, fewer where they take long. 0: none. */
  readonly windows?: number | undefined;
  readonly signal?: AbortSignal;
}

/** What was computed again, and how it compares. The lists' largest differences first. */
export interface VerifiedSample {
  readonly windows: number;
  readonly parts: number;
  /** The largest of the stored numbers' differences from float64's. */
  readonly worst: readonly Difference[];
  /** Differences past the bound that a kink explains: windows of a target. */
  readonly kinks: number;
  /** Central differences of the forward pass against the derivatives. */
  readonly quotients: {
    readonly windows: number;
    readonly entries: number;
    readonly worst: readonly Difference[];
  };
  /** Differences past the bound that no kink explains, a window's largest each. */
  readonly unexplained: readonly Difference[];
  /** Parts that hold other windows than were planned. */
  readonly strays: readonly string[];
}

/** What a verification found. */
export interface VerifiedRun {
  readonly run: string;
  readonly status: Manifest["status"];
  readonly files: Omit<CheckedFiles, "parts">;
  /** null: nothing could be computed again; the notes say why. */
  readonly sample: VerifiedSample | null;
  readonly ok: boolean;
}

/** Verifies a run: every file against its record, and a sample of its windows against float64. */
export async function verifyRun(
  folder: RunFolder,
  manifest: Manifest,
  { windows, signal }: VerifyOptions = {},
): Promise<VerifiedRun> {
  const { parts, notes, ...files } = await checkFiles(folder, manifest);
  const bad = new Set(files.bad.map(({ name }) => name));
  const { program, series, baseline } = manifest.stored;
  const damaged = [program, series, baseline].find((file) => file !== undefined && bad.has(file.name))?.name;
  const why =
    windows === 0
      ? "as asked"
      : damaged !== undefined
        ? `${damaged} is not what the run was planned with`
        : parts.length === 0
          ? "no part of it is there whole"
          : null;
  const sample = why === null ? await recompute(folder, manifest, parts, windows, signal) : null;
  return {
    run: manifest.run,
    status: manifest.status,
    files: { ...files, notes: why === null ? notes : [...notes, `no window was computed again: ${why}`] },
    sample,
    ok: files.bad.length === 0 && (sample?.unexplained.length ?? 0) + (sample?.strays.length ?? 0) === 0,
  };
}

async function recompute(
  folder: RunFolder,
  spec: Manifest,
  parts: readonly number[],
  windows: number | undefined,
  signal: AbortSignal | undefined,
): Promise<VerifiedSample> {
  const stored = await readSeries(folder, spec);
  const method = selectMethod(spec, { scaled: stored.scaled, baseline: await readBaseline(folder, spec) });
  const model = await ReferenceModel.of(await readProgram(folder, spec), method);
  const column = comparedColumnOf(parseTarget(spec.options.target));
  const sample = sampleWindows(
    spec,
    parts,
    windows ?? usualSample(model.program, evaluationsOf(methodOf(spec.options))),
  );
  const strays: string[] = [];
  const recomputed = await recomputeWindows(model, { folder, spec, stored, column }, sample, strays, signal);
  const differences = await compareWindows(model, spec, recomputed);
  const quotients = await differenceQuotients(model, spec, recomputed);
  const all = [...differences, ...quotients.differences];
  return {
    windows: recomputed.length,
    parts: sample.length - strays.length,
    worst: differences.slice(0, SHOWN),
    kinks: differences.filter(({ kink }) => kink === true).length,
    quotients: {
      windows: quotients.windows,
      entries: quotients.entries,
      worst: quotients.differences.slice(0, SHOWN),
    },
    unexplained: all.filter(({ kink }) => kink === false),
    strays,
  };
}

/** Windows that are computed again within seconds, and fit in memory. `evaluations`: of the program, a window. */
function usualSample({ multiplyAdds, targets }: Program, evaluations: number): number {
  const numbers = targets.reduce((sum, { output, gradient }) => sum + output.n * gradient.n, 0);
  const most = Math.min(
    MOST_MULTIPLY_ADDS / (multiplyAdds * evaluations),
    MOST_NUMBERS / numbers,
    DEFAULT_SAMPLE,
  );
  return Math.max(LEAST_SAMPLE, Math.floor(most));
}
