// jac as a library: the command's steps, in the order of the data's way. README.md has examples.

// A file becomes a series
export { fillMissing, type Missing } from "./producer/fill-missing.js";
// A submission becomes a planned run in its folder
export { type IdentifiedRun, identifyRun } from "./producer/identify-run.js";
export { planChunks } from "./producer/plan-chunks.js";
export { type PlannedRun, planRun } from "./producer/plan-run.js";
export { planWindows } from "./producer/plan-windows.js";
export { readDataset } from "./producer/read-dataset.js";
export { readScaler } from "./producer/read-scaler.js";
export { scaleSeries } from "./producer/scale-series.js";
export type { SelectOptions } from "./producer/select-options.js";
export { selectSeries } from "./producer/select-series.js";
export type { SubmitOptions } from "./producer/submit-options.js";
export { storeRun, submitRun } from "./producer/submit-run.js";
// The reducer makes the summary
export { reduceRun } from "./reducer/reduce-run.js";
// The whole way
export { type ComputeOptions, computeRun } from "./run/compute-run.js";
// Its chunks go through a queue to workers
export {
  type ExecuteOptions,
  type Outcome,
  type Progress,
  runEmbedded,
  runQueued,
} from "./run/execute-run.js";
export { openQueue } from "./run/open-queue.js";
export { ProcessHandlers } from "./run/run-handlers.js";
export { type CommittedChunk, committedChunks } from "./shared/committed-chunks.js";
// Errors, and where the time goes
export { PermanentError, UnreachableError, UserError } from "./shared/errors.js";
export { decodePart, encodePart } from "./shared/jacobian-arrow.js";
export { LocalQueue } from "./shared/local-queue.js";
export { type Manifest, readManifest } from "./shared/manifest.js";
// A model and a target become a program
export type { Graph } from "./shared/model/graph.js";
export { readModel } from "./shared/model/read-model.js";
export { openFolder } from "./shared/open-folder.js";
export type { Part, PartTarget } from "./shared/part.js";
export { Phases } from "./shared/phases.js";
export type { Chunk, WindowPlan } from "./shared/plan.js";
export { type CompileOptions, compile } from "./shared/program/compile.js";
export { printProgram } from "./shared/program/print-program.js";
export type { Program } from "./shared/program/program.js";
export { parseTarget, type TargetSpec } from "./shared/program/target.js";
export type { RunFolder } from "./shared/run-folder.js";
export type {
  JobEvent,
  RunHandlers,
  RunProgress,
  RunQueue,
  Submission,
  WorkOptions,
} from "./shared/run-queue.js";
export type { RunOptions, RunSpec } from "./shared/run-spec.js";
export type { Scaler, Series, Time } from "./shared/series.js";
export type { Summary } from "./shared/summary.js";
// An engine executes it
export type {
  Batch,
  Engine,
  EngineOptions,
  Executor,
  Precision,
  TargetResult,
} from "./worker/engine/engine.js";
export { selectEngine } from "./worker/engine/select-engine.js";
export { type OpenRun, openRun } from "./worker/open-run.js";
export { processChunk } from "./worker/process-chunk.js";
