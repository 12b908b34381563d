import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { type EncodedProgram, encodeProgram } from "../../program/encode-program.js";
import type { Program } from "../../program/program.js";
import { sizeOf } from "../../program/tensor.js";
import {
  type Batch,
  type Engine,
  type EngineOptions,
  type Executor,
  type Floats,
  floats,
  type TargetResult,
} from "./engine.js";
import { OrderedExecutor } from "./ordered-executor.js";

/** native/addon.cc's functions. Handles are opaque; every buffer is checked there before it is used. */
export interface Addon {
  instructionSets(): string[];
  prepare(
    code: Int32Array,
    constants: Float64Array,
    wide: 0 | 1,
    threads: number,
    isa: string,
    vectors: number,
  ): { executor: object; lanes: number; isa: string; arenaBytes: number };
  run(
    executor: object,
    arrays: [
      rows: Float64Array,
      starts: Int32Array,
      aux: Float64Array,
      cancel: Int32Array,
      predictions: Floats[],
      jacobians: Floats[],
    ],
  ): Promise<boolean>;
  close(executor: object): void;
}

/** What a caller may fix that jac otherwise chooses: the instruction set, and a tile's width in vectors (1, 2, 4). */
export interface NativeOptions {
  readonly isa?: string;
  readonly vectors?: number;
}

/** Where the addon may lie: built by the install step, or shipped for this platform. */
const PLACES = ["build/jac.node", `prebuilds/${process.platform}-${process.arch}/jac.node`];

/**
 * The addon of this machine.
 * @throws Error where there is none, or it cannot be loaded, saying why.
 */
export function loadAddon(): Addon {
  const require = createRequire(import.meta.url);
  const paths = PLACES.map((place) => fileURLToPath(new URL(`../../../${place}`, import.meta.url))).filter(
    existsSync,
  );
  let failure: unknown;
  for (const path of paths) {
    try {
      return require(path) as Addon;
    } catch (error) {
      failure = error;
    }
  }
  if (failure === undefined)
    throw new Error("no addon was built for this machine, as when there is no C++ compiler");
  const [reason] = (failure instanceof Error ? failure.message : String(failure)).split("\n", 1);
  throw new Error(reason, { cause: failure });
}

/** The engine on the C++ kernel. `isa` forces an instruction set that the machine has. */
export function nativeEngine(addon: Addon, { isa = "", vectors = 0 }: NativeOptions = {}): Engine {
  return {
    name: "native",
    description: isa || addon.instructionSets()[0]!,
    prepare: async (program, options) =>
      new OrderedExecutor(new NativeExecutor(addon, program, options, isa, vectors)),
  };
}

class NativeExecutor implements Executor {
  readonly lanes: number;
  readonly #addon: Addon;
  readonly #program: Program;
  readonly #precision: EngineOptions["precision"];
  readonly #executor: object;

  constructor(addon: Addon, program: Program, options: EngineOptions, isa: string, vectors: number) {
    const { code, constants }: EncodedProgram = encodeProgram(program);
    const wide = options.precision === "float64" ? 1 : 0;
    const prepared = addon.prepare(code, constants, wide, options.threads, isa, vectors);
    this.#addon = addon;
    this.#program = program;
    this.#precision = options.precision;
    this.#executor = prepared.executor;
    this.lanes = prepared.lanes * options.threads;
  }

  async run({ rows, starts, aux }: Batch, signal?: AbortSignal): Promise<TargetResult[]> {
    signal?.throwIfAborted();
    const results = this.#program.targets.map(({ name, shape, gradient }) => ({
      name,
      prediction: floats(this.#precision, starts.length * sizeOf(shape)),
      jacobian: floats(this.#precision, starts.length * sizeOf(shape) * gradient.n),
    }));
    const cancel = new Int32Array(1);
    const abort = () => Atomics.store(cancel, 0, 1);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const predictions = results.map(({ prediction }) => prediction);
      const jacobians = results.map(({ jacobian }) => jacobian);
      const constants = aux ?? new Float64Array(0);
      await this.#addon.run(this.#executor, [rows, starts, constants, cancel, predictions, jacobians]);
    } finally {
      signal?.removeEventListener("abort", abort);
    }
    signal?.throwIfAborted();
    return results;
  }

  async close(): Promise<void> {
    this.#addon.close(this.#executor);
  }
}
