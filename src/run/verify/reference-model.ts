import type { Program } from "../../program/program.js";
import type { Executor, TargetResult } from "../../worker/engine/engine.js";
import { reference } from "../../worker/engine/reference.js";

/** Inputs of one window: T·F numbers, step-major, as the model takes them. */
export type WindowInputs = Float64Array;

/** A program run in float64 by its plain definition, on windows that need not stand in the series. */
export class ReferenceModel {
  private constructor(
    readonly program: Program,
    readonly whole: Executor,
    readonly forward: Executor,
  ) {}

  static async of(program: Program): Promise<ReferenceModel> {
    const options = { precision: "float64", threads: 1 } as const;
    const targets = program.targets.map((target) => ({
      ...target,
      adjoint: [],
      gradient: { at: target.gradient.at, n: 0 },
    }));
    return new ReferenceModel(
      program,
      await reference.prepare(program, options),
      await reference.prepare({ ...program, targets }, options),
    );
  }

  /** Predictions [windows, m] and Jacobians [windows, m, n] of each target. `aux`: the windows' constants, or null. */
  async jacobians(windows: readonly WindowInputs[], aux: Float64Array | null, signal?: AbortSignal) {
    return await this.whole.run(this.#batch(windows, aux), signal);
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
