import type { Program } from "../../program/program.js";
import type { Batch, Executor, TargetResult } from "../../worker/engine/engine.js";
import { reference } from "../../worker/engine/reference.js";
import type { Method } from "../../worker/methods/method.js";

/** Inputs of one window: T·F numbers, step-major, as the model takes them. */
export type WindowInputs = Float64Array;

/** A program run in float64 by its plain definition, and a run's method, on windows that need not stand in the series. */
export class ReferenceModel {
  private constructor(
    readonly program: Program,
    readonly method: Method,
    readonly whole: Executor,
    readonly forward: Executor,
  ) {}

  static async of(program: Program, method: Method): Promise<ReferenceModel> {
    const options = { precision: "float64", threads: 1 } as const;
    const targets = program.targets.map((target) => ({
      ...target,
      adjoint: [],
      gradient: { at: target.gradient.at, n: 0 },
    }));
    return new ReferenceModel(
      program,
      method,
      await reference.prepare(program, options),
      await reference.prepare({ ...program, targets }, options),
    );
  }

  /** What the run's method makes of windows of the series: predictions [windows, m] and `jacobian` [windows, m, n]. */
  async attributions(batch: Batch, window: BigInt64Array, signal?: AbortSignal): Promise<TargetResult[]> {
    return await this.method.attribute(
      { executor: this.whole, program: this.program },
      { batch, window },
      signal,
    );
  }

  /** The same of windows that all stand for the one of this number. `aux`: the window's constants, or null. */
  async jacobians(
    number: number,
    windows: readonly WindowInputs[],
    aux: Float64Array | null,
    signal?: AbortSignal,
  ): Promise<TargetResult[]> {
    const numbers = new BigInt64Array(windows.length).fill(BigInt(number));
    return await this.attributions(this.#batch(windows, aux), numbers, signal);
  }

  /** Predictions alone. */
  async predictions(
    windows: readonly WindowInputs[],
    aux: Float64Array | null,
    signal?: AbortSignal,
  ): Promise<TargetResult[]> {
    return await this.forward.run(this.#batch(windows, aux), signal);
  }

  /** `aux` [program.aux]: of one window, repeated for each. */
  #batch(windows: readonly WindowInputs[], aux: Float64Array | null) {
    const { steps, features } = this.program;
    const rows = new Float64Array(windows.length * steps * features); // [windows · T, F]
    windows.forEach((window, i) => {
      rows.set(window, i * window.length);
    });
    const repeated = aux && new Float64Array(windows.length * aux.length);
    if (aux) for (let i = 0; i < windows.length; i++) repeated?.set(aux, i * aux.length);
    return { rows, starts: Int32Array.from(windows, (_, i) => i * steps), aux: repeated };
  }
}
