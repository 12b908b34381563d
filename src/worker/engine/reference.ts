import { setImmediate as nextTurn } from "node:timers/promises";
import type { Memory } from "../../program/operation.js";
import { kindOf } from "../../program/operations/kinds.js";
import type { Program } from "../../program/program.js";
import { sizeOf } from "../../program/tensor.js";
import {
  type Batch,
  type Engine,
  type Executor,
  type Floats,
  floats,
  type Precision,
  type TargetResult,
} from "./engine.js";
import { OrderedExecutor } from "./ordered-executor.js";

/** Windows in a tile: enough to spread the cost of interpreting an operation, few enough to answer in time. */
const LANES = 8;

/** The definition: every operation run by its own plain loops, in float64, whatever the precision asked for. */
export const reference: Engine = {
  name: "reference",
  description: "TypeScript, float64",
  prepare: async (program, { precision }) => new OrderedExecutor(new ReferenceExecutor(program, precision)),
};

class ReferenceExecutor implements Executor {
  readonly lanes = LANES;
  readonly #program: Program;
  readonly #precision: Precision;
  readonly #memory: Memory;

  constructor(program: Program, precision: Precision) {
    this.#program = program;
    this.#precision = precision;
    this.#memory = { ...program, arena: new Float64Array(program.units * LANES), lanes: LANES };
  }

  async close(): Promise<void> {}

  async run(batch: Batch, signal?: AbortSignal): Promise<TargetResult[]> {
    const windows = batch.starts.length;
    const results = this.#program.targets.map(({ name, shape, gradient }) => ({
      name,
      prediction: floats(this.#precision, windows * sizeOf(shape)), // [windows, m]
      jacobian: floats(this.#precision, windows * sizeOf(shape) * gradient.n), // [windows, m, n]
    }));
    for (let first = 0; first < windows; first += LANES) {
      signal?.throwIfAborted();
      this.#tile(batch, first, Math.min(LANES, windows - first), results);
      await nextTurn();
    }
    return results;
  }

  #tile(batch: Batch, first: number, filled: number, results: readonly TargetResult[]): void {
    const { forward, targets } = this.#program;
    this.#load(batch, first, filled);
    for (const op of forward) kindOf(op).run(op, this.#memory);
    targets.forEach(({ output }, i) => {
      this.#store(results[i]!.prediction, output.at, output.n, {
        first,
        filled,
        stride: output.n,
        offset: 0,
      });
    });
    targets.forEach(({ output, seed, adjoint, gradient }, i) => {
      const stride = output.n * gradient.n;
      for (let k = 0; k < output.n; k++) {
        for (let unit = 0; unit < seed.n; unit++) {
          const at = (seed.at + unit) * LANES;
          this.#memory.arena.fill(unit === k ? 1 : 0, at, at + LANES);
        }
        for (const op of adjoint) kindOf(op).run(op, this.#memory);
        this.#store(results[i]!.jacobian, gradient.at, gradient.n, {
          first,
          filled,
          stride,
          offset: k * gradient.n,
        });
      }
    });
  }

  /** The tile's windows into the arena; lanes past the last window repeat it. */
  #load({ rows, starts, aux }: Batch, first: number, filled: number): void {
    const { input, aux: auxRange, features } = this.#program;
    const { arena } = this.#memory;
    for (let lane = 0; lane < LANES; lane++) {
      const window = first + Math.min(lane, filled - 1);
      const from = starts[window]! * features;
      for (let unit = 0; unit < input.n; unit++) arena[(input.at + unit) * LANES + lane] = rows[from + unit]!;
      for (let unit = 0; unit < auxRange.n; unit++) {
        arena[(auxRange.at + unit) * LANES + lane] = aux![window * auxRange.n + unit]!;
      }
    }
  }

  /** Units of the arena, lane by lane, to a result of `stride` values a window. */
  #store(
    result: Floats,
    at: number,
    n: number,
    { first, filled, stride, offset }: { first: number; filled: number; stride: number; offset: number },
  ): void {
    for (let lane = 0; lane < filled; lane++) {
      const to = (first + lane) * stride + offset;
      for (let unit = 0; unit < n; unit++)
        result[to + unit] = this.#memory.arena[(at + unit) * LANES + lane]!;
    }
  }
}
