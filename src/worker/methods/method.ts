import type { Program } from "../../program/program.js";
import type { MethodName } from "../../shared/options/method-options.js";
import type { Floats } from "../../shared/part.js";
import type { Batch, Executor, TargetResult } from "../engine/engine.js";

/** Windows as a method takes them. */
export interface Windows {
  readonly batch: Batch;
  readonly window: BigInt64Array; // [windows]: their numbers in the series
}

/** What executes the program. */
export interface Execution {
  readonly executor: Executor;
  readonly program: Program;
}

/** One target's results: the model's predictions at the windows themselves, and in `jacobian` what the method makes. */
export interface Attribution extends TargetResult {
  /** Σ attributions − (y(x) − y(x′)), of methods whose attributions should add up to that. */
  readonly completeness: Floats | null; // [windows, m]
}

/**
 * Makes attributions of derivatives. A window's numbers depend on nothing but the window, its number and the method's
 * options: not on the windows beside it, nor on threads. Rejects with the signal's reason when aborted.
 */
export interface Method {
  readonly name: MethodName;
  attribute(run: Execution, windows: Windows, signal?: AbortSignal): Promise<Attribution[]>;
}
