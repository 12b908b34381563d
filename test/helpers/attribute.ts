import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { readModel } from "../../src/model/read-model.js";
import { compile } from "../../src/program/compile.js";
import type { Program } from "../../src/program/program.js";
import { parseTarget } from "../../src/program/target.js";
import type { Engine, Precision } from "../../src/worker/engine/engine.js";
import { selectEngine } from "../../src/worker/engine/select-engine.js";
import type { Attribution, Method, Windows } from "../../src/worker/methods/method.js";
import type { OracleCase } from "./oracle.js";

export interface AttributeOptions {
  readonly engine?: Engine; // default: wasm
  readonly precision?: Precision; // default: float64
  readonly target?: string;
  /** The windows, by number; default: all of the case. */
  readonly windows?: readonly number[];
  readonly aux?: Float64Array | null; // [windows, 1]
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

export async function programOf({ models }: OracleCase, target = "output"): Promise<Program> {
  const [model] = models;
  return compile(await readModel(basename(model!), readFileSync(model!)), { target: parseTarget(target) });
}

/** What a method makes of a recorded case's windows. */
export async function attribute(
  method: Method,
  each: OracleCase,
  options: AttributeOptions = {},
): Promise<Attribution[]> {
  const { engine = await selectEngine("wasm"), precision = "float64", target, threads = 2 } = options;
  const program = await programOf(each, target);
  const numbers = options.windows ?? Array.from({ length: each.windows }, (_, w) => w);
  const windows: Windows = {
    batch: { rows: each.rows, starts: Int32Array.from(numbers), aux: options.aux ?? null },
    window: BigInt64Array.from(numbers, BigInt),
  };
  const executor = await engine.prepare(program, { precision, threads });
  try {
    return await method.attribute({ executor, program }, windows, options.signal);
  } finally {
    await executor.close();
  }
}
