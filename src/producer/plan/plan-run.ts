import { extname } from "node:path";
import type { Program } from "../../program/program.js";
import { comparedColumnOf, type TargetSpec } from "../../program/target.js";
import { evaluationsOf, methodOf } from "../../shared/options/method-options.js";
import type { RunOptions } from "../../shared/options/option-shapes.js";
import type { Phases } from "../../shared/phases.js";
import type { RunFolder } from "../../shared/run-folder.js";
import { type RunSpec, sha256 } from "../../shared/run-spec.js";
import type { Scaler, Series } from "../../shared/series.js";
import type { StoredSeries } from "../../shared/series-arrow.js";
import { VERSION } from "../../shared/version.js";
import { ofAllWindows, ofOwnWindow } from "../../shared/wrt.js";
import type { Dataset } from "../read/dataset.js";
import type { IdentifiedRun } from "./identify-run.js";
import { nameOutputs } from "./name-outputs.js";
import { planChunks } from "./plan-chunks.js";
import { planFull } from "./plan-full.js";

/** A run that has been read, checked and planned, before anything of it is written or enqueued. */
export interface PlannedRun {
  readonly spec: RunSpec;
  readonly folder: RunFolder;
  /** The run's own copies of its inputs, by name in its folder. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What a worker in the same process need not read again. */
  readonly stored: StoredSeries;
  readonly program: Program;
  readonly baseline: Float64Array | null; // [T·F], as the model sees it: that of --baseline FILE
}

/**
 * Understands a submission's inputs and plans its windows and chunks. Throws a UserError for whatever is wrong with
 * them, having written nothing. Series and model are read at the same time: the phase `read` is what is left of the
 * series once the model is compiled. Of two that are wrong the model is the one that is told of.
 */
export async function planRun(identified: IdentifiedRun, phases: Phases): Promise<PlannedRun> {
  const {
    run,
    folder,
    inputs,
    options,
    target,
    memory,
    paths,
    files: { model },
  } = identified;
  const reading = Promise.allSettled([readTable(identified)]); // in a thread, while this one compiles the model
  const [compilation] = await phases.time("model", () =>
    Promise.allSettled([compileModel(inputs.model.name, model, target, options)]),
  );
  const [dataset] = await phases.time("read", () => reading); // what is left of it
  const compiled = unwrap(compilation);
  const { program } = compiled;
  const names = nameOutputs(program.targets, options.outputNames);
  const scaler = await readScalerOf(paths.scaler);
  const table = unwrap(dataset);
  const series = await phases.time("read", () => selectColumns(table, identified, program, scaler));
  return await phases.time("plan", async () => {
    const [{ planWindows }, { scaleSeries }, { encodeSeries }] = await Promise.all([
      import("./plan-windows.js"),
      import("../series/scale-series.js"),
      import("../../shared/series-arrow.js"),
    ]);
    const { windows: wanted, stride, precision, chunk } = options;
    const multiplyAdds = program.multiplyAdds * evaluationsOf(methodOf(options)); // of a window
    const needsNext = comparedColumnOf(target) ?? undefined;
    const windows = planWindows(series, { steps: program.steps, stride, windows: wanted, needsNext });
    const full = options.mode === "full";
    if (full) planFull(windows.count, program, precision, memory);
    const stored = { series, scaler, scaled: scaleSeries(series, scaler) };
    const baseline = await readBaselineOf(identified, series, program, scaler);
    const copies = {
      series: { name: "input/series.arrow", bytes: encodeSeries(stored) },
      model: { name: `input/model${extname(inputs.model.name).toLowerCase()}`, bytes: model },
      program: { name: "input/program.bin", bytes: compiled.file },
      ...(baseline && { baseline: { name: "input/baseline.f64", bytes: new Uint8Array(baseline.buffer) } }),
    };
    const fileOf = ({ name, bytes }: { name: string; bytes: Uint8Array }) => ({
      name,
      sha256: sha256(bytes),
      bytes: bytes.length,
    });
    const spec: RunSpec = {
      run,
      inputs,
      stored: {
        series: fileOf(copies.series),
        model: fileOf(copies.model),
        program: fileOf(copies.program),
        ...(copies.baseline && { baseline: fileOf(copies.baseline) }),
      },
      options,
      columns: [...series.columns],
      scaler: scaler && {
        kind: scaler.kind,
        columns: [...scaler.columns],
        shift: [...scaler.shift],
        scale: [...scaler.scale],
      },
      plan: {
        ...windows,
        segments: windows.segments.map((segment) => ({ ...segment })),
        blocks: windows.blocks.map((block) => ({ ...block })),
      },
      ...planChunks(windows.count, { ...program, multiplyAdds }, precision, chunk, full ? windows.count : 1),
      layout: {
        steps: program.steps,
        features: program.features,
        targets: program.targets.map(({ name, shape, numbers, wrt, output }, t) => ({
          name,
          shape: [...shape],
          m: output.n,
          numbers: numbers && [...numbers],
          outputNames: names[t] ? [...names[t]] : null,
          wrt: full ? ofAllWindows(wrt, windows.count) : ofOwnWindow(wrt),
        })),
        precision,
        hasTime: series.time !== null,
        grouped: series.group !== null,
      },
      versions: { jac: VERSION, node: process.versions.node },
    };
    const copied = new Map(Object.values(copies).map(({ name, bytes }) => [name, bytes]));
    return { spec, folder, files: copied, stored, program, baseline };
  });
}

/** The model's program as the file that workers read, and as it is read back from that: nothing else is computed. */
async function compileModel(
  name: string,
  bytes: Uint8Array,
  target: TargetSpec,
  options: RunOptions,
): Promise<{ readonly file: Uint8Array; readonly program: Program }> {
  const [{ readModel }, { compile }, { encodeProgramFile, decodeProgramFile }] = await Promise.all([
    import("../../model/read-model.js"),
    import("../../program/compile.js"),
    import("../../program/program-file.js"),
  ]);
  const graph = await readModel(name, bytes);
  const file = encodeProgramFile(
    compile(graph, { target, steps: options.window ?? undefined, outputs: options.outputs }),
  );
  return { file, program: decodeProgramFile(file) };
}

async function readScalerOf(path: string | null): Promise<Scaler | null> {
  if (path === null) return null;
  const { readScaler } = await import("../series/read-scaler.js");
  return await readScaler(path);
}

async function readBaselineOf(
  { paths, files }: IdentifiedRun,
  series: Series,
  { steps }: Program,
  scaler: Scaler | null,
): Promise<Float64Array | null> {
  if (paths.baseline === null || files.baseline === null) return null;
  const { readBaseline } = await import("../series/read-baseline.js");
  return await readBaseline(paths.baseline, files.baseline, series, steps, scaler);
}

async function readTable({ paths, files, options }: IdentifiedRun): Promise<Dataset> {
  const { readDataset } = await import("../read/read-dataset.js");
  return await readDataset(paths.series, { sheet: options.sheet ?? undefined, file: files.series });
}

/** The columns that the model takes, with gaps filled as the options ask. */
async function selectColumns(
  dataset: Dataset,
  { options, target }: IdentifiedRun,
  program: Program,
  scaler: Scaler | null,
): Promise<Series> {
  const [{ selectSeries }, { fillMissing }] = await Promise.all([
    import("../series/select-series.js"),
    import("../series/fill-missing.js"),
  ]);
  const compared = comparedColumnOf(target);
  const located = selectSeries(dataset, {
    columns: options.columns ?? undefined,
    timeColumn: options.timeColumn ?? undefined,
    groupBy: options.groupBy ?? undefined,
    extra: compared === null ? [] : [compared],
    width: program.features,
    scaler,
  });
  return fillMissing(located, options.missing).series;
}

/** What a settled promise gave, or its error thrown. */
function unwrap<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}
