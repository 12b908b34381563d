import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { encodeProgram } from "../../program/encode-program.js";
import type { Program } from "../../program/program.js";
import { sizeOf } from "../../program/tensor.js";
import type { Batch, Engine, EngineOptions, Executor, Floats, Precision, TargetResult } from "./engine.js";
import { OrderedExecutor } from "./ordered-executor.js";

const MODULES = { relaxed: "kernel-relaxed.wasm", plain: "kernel.wasm" };
const place = (name: string): string => fileURLToPath(new URL(`../../../native/${name}`, import.meta.url));

/** WebAssembly as lib.es has no types for it; Node has all of it. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>;
  validate(bytes: Uint8Array): boolean;
};

/** The engine on the kernel compiled to WebAssembly SIMD, in worker threads: for machines without the addon. */
export async function wasmEngine(form: "auto" | "plain" = "auto"): Promise<Engine> {
  const relaxed = await readFile(place(MODULES.relaxed));
  const usesRelaxed = form === "auto" && WebAssembly.validate(relaxed);
  const module = await WebAssembly.compile(usesRelaxed ? relaxed : await readFile(place(MODULES.plain)));
  return {
    name: "wasm",
    description: usesRelaxed ? "wasm relaxed simd128" : "wasm simd128",
    prepare: (program, options) => WasmExecutor.start(module, program, options),
  };
}

class WasmExecutor implements Executor {
  readonly lanes: number;
  readonly #threads: readonly Worker[];
  readonly #program: Program;
  readonly #precision: Precision;

  static async start(
    module: object,
    program: Program,
    { precision, threads }: EngineOptions,
  ): Promise<Executor> {
    const { code, constants } = encodeProgram(program);
    const wide = precision === "float64" ? 1 : 0;
    const workerData = {
      module,
      code,
      constants: shared(Float64Array, constants), // once for all threads
      wide,
      features: program.features,
      steps: program.steps,
      auxes: program.aux.n,
      targets: program.targets.map(({ shape, gradient }) => ({ m: sizeOf(shape), n: gradient.n })),
    };
    const workers = Array.from(
      { length: threads },
      () => new Worker(place("wasm-thread.mjs"), { workerData, execArgv: [] }),
    );
    try {
      const ready = (await Promise.all(workers.map(answer))) as { lanes: number }[];
      for (const worker of workers) worker.unref();
      return new OrderedExecutor(new WasmExecutor(workers, program, precision, ready[0]!.lanes * threads));
    } catch (error) {
      await Promise.all(workers.map((worker) => worker.terminate()));
      throw error;
    }
  }

  private constructor(threads: readonly Worker[], program: Program, precision: Precision, lanes: number) {
    this.#threads = threads;
    this.#program = program;
    this.#precision = precision;
    this.lanes = lanes;
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  async run({ rows, starts, aux }: Batch, signal?: AbortSignal): Promise<TargetResult[]> {
    signal?.throwIfAborted();
    const windows = starts.length;
    if (windows === 0) return this.#results(0).map(unshared);
    const { features, steps } = this.#program;
    const first = starts.reduce((a, b) => Math.min(a, b));
    const last = starts.reduce((a, b) => Math.max(a, b)) + steps;
    const results = this.#results(windows);
    const control = new Int32Array(new SharedArrayBuffer(8)); // next tile, cancelled
    const call = {
      rows: shared(Float64Array, rows.subarray(first * features, last * features)),
      starts: shared(
        Int32Array,
        starts.map((start) => start - first),
      ),
      aux: aux && shared(Float64Array, aux),
      control,
      predictions: results.map(({ prediction }) => prediction),
      jacobians: results.map(({ jacobian }) => jacobian),
    };
    const abort = () => Atomics.store(control, 1, 1);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await Promise.all(
        this.#threads.map((thread) => {
          thread.ref();
          const done = answer(thread).finally(() => thread.unref());
          thread.postMessage(call);
          return done;
        }),
      );
    } finally {
      signal?.removeEventListener("abort", abort);
    }
    signal?.throwIfAborted();
    return results.map(unshared);
  }

  /** Results in shared memory. */
  #results(windows: number): TargetResult[] {
    const floats = (n: number): Floats =>
      this.#precision === "float32"
        ? new Float32Array(new SharedArrayBuffer(4 * n))
        : new Float64Array(new SharedArrayBuffer(8 * n));
    return this.#program.targets.map(({ name, shape, gradient }) => ({
      name,
      prediction: floats(windows * sizeOf(shape)),
      jacobian: floats(windows * sizeOf(shape) * gradient.n),
    }));
  }
}

/** The thread's next message; rejects where it fails instead. */
function answer(thread: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void) => {
      thread.off("message", onMessage).off("error", onError).off("exit", onExit);
      done();
    };
    const onMessage = (message: unknown) => settle(() => resolve(message));
    const onError = (error: Error) => settle(() => reject(error));
    const onExit = () => settle(() => reject(new Error("a thread of the WebAssembly engine ended")));
    thread.on("message", onMessage).on("error", onError).on("exit", onExit);
  });
}

function shared<T extends Float64Array | Int32Array>(Type: new (buffer: SharedArrayBuffer) => T, data: T): T {
  const copy = new Type(new SharedArrayBuffer(data.byteLength));
  copy.set(data);
  return copy;
}

/** Results in memory of their own, which files and streams take. */
const unshared = ({ name, prediction, jacobian }: TargetResult): TargetResult => ({
  name,
  prediction: prediction.slice(),
  jacobian: jacobian.slice(),
});
