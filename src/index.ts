// jac as a library: the command's steps, in the order of the data's way. README.md has an example.

// The whole way at once

export { type ComputeOptions, computeRun } from "./run/compute-run.js";
export { type PreparedRun, prepareRun, type StoredRun } from "./run/prepare-run.js";
export type { RunOptions } from "./shared/options/option-shapes.js";
export type { SubmitOptions } from "./shared/options/option-values.js";

// A file becomes a series

export { readDataset } from "./producer/read/read-dataset.js";
export { fillMissing, type Missing } from "./producer/series/fill-missing.js";
export { readScaler } from "./producer/series/read-scaler.js";
export { scaleSeries } from "./producer/series/scale-series.js";
export type { SelectOptions } from "./producer/series/select-options.js";
export { selectSeries } from "./producer/series/select-series.js";
export type { Scaler, Series, Time } from "./shared/series.js";

// A model and a target become a program

export { readModel } from "./model/read-model.js";
export { type CompileOptions, compile } from "./program/compile.js";
export type { Graph } from "./program/graph.js";
export { printProgram } from "./program/print-program.js";
export type { Program } from "./program/program.js";
export { parseTarget, type TargetSpec } from "./program/target.js";

// A submission becomes a planned run in its folder

export { enqueueRun, storeRun } from "./producer/plan/enqueue-run.js";
export { type IdentifiedRun, identifyRun } from "./producer/plan/identify-run.js";
export { planChunks } from "./producer/plan/plan-chunks.js";
export { type PlannedRun, planRun } from "./producer/plan/plan-run.js";
export { planWindows } from "./producer/plan/plan-windows.js";
export { type CommittedChunk, committedChunks } from "./shared/committed-chunks.js";
export { type Manifest, readManifest } from "./shared/manifest.js";
export { openFolder } from "./shared/open-folder.js";
export type { Chunk, WindowPlan } from "./shared/plan.js";
export type { RunFolder } from "./shared/run-folder.js";
export type { RunSpec } from "./shared/run-spec.js";

// Its chunks go through a queue to workers

export { LocalQueue } from "./queue/local-queue.js";
export type {
  JobEvent,
  RunHandlers,
  RunProgress,
  RunQueue,
  Submission,
  WorkOptions,
} from "./queue/run-queue.js";
export {
  type ExecuteOptions,
  type Outcome,
  type Progress,
  runEmbedded,
  runQueued,
} from "./run/execute-run.js";
export { openQueue } from "./run/open-queue.js";
export { ProcessHandlers } from "./run/run-handlers.js";

// An engine executes the program

export type {
  Batch,
  Engine,
  EngineOptions,
  Executor,
  Precision,
  TargetResult,
} from "./worker/engine/engine.js";
export { selectEngine } from "./worker/engine/select-engine.js";
// And a method makes of its derivatives what was asked for
export type { Attribution, Method } from "./worker/methods/method.js";
export { selectMethod } from "./worker/methods/select-method.js";
export { type OpenRun, openRun } from "./worker/open-run.js";
export { processChunk } from "./worker/process-chunk.js";

// A chunk's part

export { decodePart, encodePart } from "./shared/jacobian-arrow.js";
export type { Part, PartTarget } from "./shared/part.js";

// The reducer makes the summary

export { reduceRun } from "./reducer/reduce-run.js";
export type { Summary } from "./statistics/summary.js";

// Errors, and where the time goes

export { PermanentError, UnreachableError, UserError } from "./shared/errors.js";
export { Phases } from "./shared/phases.js";
