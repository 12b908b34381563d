import { expect, test } from "vitest";
import { compile } from "../../src/program/compile.js";
import type { Program } from "../../src/program/program.js";
import type { Engine, Floats } from "../../src/worker/engine/engine.js";
import { loadAddon, nativeEngine } from "../../src/worker/engine/native.js";
import { reference } from "../../src/worker/engine/reference.js";
import { wasmEngine } from "../../src/worker/engine/wasm.js";
import { randomNumbers } from "../helpers/random-numbers.js";
import { randomGraph } from "./random-graph.js";

const WINDOWS = 11;

async function jacobianOf(engine: Engine, program: Program, rows: Float64Array): Promise<Floats> {
  const executor = await engine.prepare(program, { precision: "float64", threads: 2 });
  try {
    const starts = Int32Array.from({ length: WINDOWS }, (_, i) => i);
    return (await executor.run({ rows, starts, aux: null }))[0]!.jacobian;
  } finally {
    await executor.close();
  }
}

function rowsFor(program: Program, seed: number): Float64Array {
  const random = randomNumbers(seed);
  return Float64Array.from(
    { length: (program.steps + WINDOWS) * program.features },
    () => random() * 3 - 1.5,
  );
}

/** Largest difference, relative to max(1, max |expected|). */
function worstDifference(actual: Floats, expected: Floats): number {
  let scale = 1;
  let worst = 0;
  for (const value of expected) scale = Math.max(scale, Math.abs(value));
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!) / scale;
    worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
  }
  return worst;
}

/** A random model whose results stay finite (stacked exponentials may not), its rows and its exact Jacobians. */
async function randomCase(
  seed: number,
): Promise<{ program: Program; rows: Float64Array; expected: Floats } | null> {
  const program = compile(randomGraph(seed), { target: { kind: "output" } });
  const rows = rowsFor(program, seed);
  const expected = await jacobianOf(reference, program, rows);
  return expected.every((value) => Math.abs(value) < 1e6) ? { program, rows, expected } : null;
}

/** Checks an engine on the finite ones of so many random models; most of them are. */
async function agreesWithReference(engine: Engine, models: number): Promise<void> {
  let compared = 0;
  for (let seed = 1; seed <= models; seed++) {
    const each = await randomCase(seed);
    if (!each) continue;
    compared++;
    const actual = await jacobianOf(engine, each.program, each.rows);
    expect(worstDifference(actual, each.expected), `random model ${seed}`).toBeLessThan(1e-10);
  }
  expect(compared).toBeGreaterThan(0.8 * models);
}

const addon = loadAddon();

test.each(addon.instructionSets())("300 random models give the reference's Jacobians on %s", async (isa) => {
  await agreesWithReference(nativeEngine(addon, { isa }), 300);
});

test("20 random models give the reference's Jacobians in WebAssembly", async () => {
  await agreesWithReference(await wasmEngine(), 20);
});

test("the Jacobians of 40 random models are the finite differences of their outputs", async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const each = await randomCase(seed);
    if (!each) continue;
    const { program, rows } = each;
    const executor = await reference.prepare(program, { precision: "float64", threads: 1 });
    const run = async (x: Float64Array) =>
      (await executor.run({ rows: x, starts: Int32Array.of(0), aux: null }))[0]!;
    const { prediction, jacobian } = await run(rows);
    const n = program.steps * program.features;
    let off = 0;
    for (let i = 0; i < n; i++) {
      const step = 1e-6;
      const [up, down] = [rows.slice(), rows.slice()];
      up[i]! += step;
      down[i]! -= step;
      const [above, below] = [(await run(up)).prediction, (await run(down)).prediction];
      for (let k = 0; k < prediction.length; k++) {
        const difference = (above[k]! - below[k]!) / (2 * step);
        const exact = jacobian[k * n + i]!;
        if (!(Math.abs(difference - exact) <= 1e-5 * Math.max(1, Math.abs(exact)))) off++;
      }
    }
    // A kink of a piecewise linear activation may lie between the two points; the rest must agree.
    expect(off, `random model ${seed}: ${off} of ${n * prediction.length} differ`).toBeLessThanOrEqual(
      0.05 * n * prediction.length,
    );
    await executor.close();
  }
});
