import type { Program } from "../../program/program.js";
import type { Floats } from "../../shared/part.js";

/** The precision of a run: what its engine computes in and its parts hold. */
export type Precision = "float32" | "float64";
export type { Floats };

/**
 * Windows to differentiate. Window i is rows starts[i] … starts[i]+T−1 of `rows`; windows overlap in
 * memory, nothing is copied T-fold.
 */
export interface Batch {
  readonly rows: Float64Array; // [rows, features], as the model sees them (scaled)
  readonly starts: Int32Array; // [windows]: first row of each window
  readonly aux: Float64Array | null; // [windows, program.aux]: per-window constants (loss:COLUMN's target)
}

/** Results of one target of the program, in the executor's precision. */
export interface TargetResult {
  readonly name: string;
  readonly prediction: Floats; // [windows, m]
  readonly jacobian: Floats; // [windows, m, n]: n = T·F, step-major
}

/** Zeros of a precision. */
export const floats = (precision: Precision, n: number): Floats =>
  precision === "float32" ? new Float32Array(n) : new Float64Array(n);

/** A program made ready to run: packed weights, buffers, threads. */
export interface Executor {
  /** Windows that a call should have at least to keep every thread busy. */
  readonly lanes: number;
  /**
   * Runs the program, once the calls before have ended; rejects with the signal's reason when aborted (while it waits,
   * or between tiles). The event loop stays free.
   */
  run(batch: Batch, signal?: AbortSignal): Promise<TargetResult[]>;
  /** To be called last; resolves once the calls before have ended. */
  close(): Promise<void>;
}

/** How a program is prepared. */
export interface EngineOptions {
  readonly precision: Precision;
  /** Threads (native, wasm, reference run their own); at least 1. */
  readonly threads: number;
}

/** A way to execute programs. All engines pass one conformance suite (test/worker/engine/conformance.ts). */
export interface Engine {
  readonly name: "reference" | "native" | "wasm";
  /** What it runs on, for the manifest: `avx512`, `wasm simd128`, … */
  readonly description: string;
  prepare(program: Program, options: EngineOptions): Promise<Executor>;
}
