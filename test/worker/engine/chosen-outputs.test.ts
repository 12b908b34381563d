import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { readModel } from "../../../src/model/read-model.js";
import { compile } from "../../../src/program/compile.js";
import type { Program } from "../../../src/program/program.js";
import { parseTarget } from "../../../src/program/target.js";
import type { Engine, TargetResult } from "../../../src/worker/engine/engine.js";
import { selectEngine } from "../../../src/worker/engine/select-engine.js";
import { type OracleCase, oracleCases } from "../../helpers/oracle.js";

const recorded = oracleCases("oracle/keras3");
const caseOf = (name: string): OracleCase => recorded.find((each) => each.name.endsWith(`/${name}`))!;

async function programOf({ models }: OracleCase, target: string, outputs: string[] | null): Promise<Program> {
  const graph = await readModel(basename(models[0]!), readFileSync(models[0]!));
  return compile(graph, { target: parseTarget(target), outputs });
}

async function run(engine: Engine, program: Program, { rows, windows }: OracleCase): Promise<TargetResult[]> {
  const executor = await engine.prepare(program, { precision: "float64", threads: 1 });
  try {
    const starts = Int32Array.from({ length: windows }, (_, w) => w);
    return await executor.run({ rows, starts, aux: null });
  } finally {
    await executor.close();
  }
}

/** Of [windows, m, size] the entries `chosen` of the second axis. */
function rowsOf(values: Float64Array, windows: number, m: number, chosen: readonly number[]): number[] {
  const size = values.length / windows / m;
  return Array.from({ length: windows }, (_, w) =>
    chosen.flatMap((k) => [...values.subarray((w * m + k) * size, (w * m + k + 1) * size)]),
  ).flat();
}

function expectNear(actual: ArrayLike<number>, exact: readonly number[]): void {
  expect(actual.length).toBe(exact.length);
  const scale = Math.max(1, ...exact.map(Math.abs));
  const off = Math.max(...exact.map((value, i) => Math.abs(actual[i]! - value)));
  expect(off).toBeLessThanOrEqual(1e-10 * scale);
}

describe.each(["reference", "wasm", "native"] as const)("on the engine %s", (name) => {
  it.each([
    ["multi-output-softmax", ["2", "0"], [[0, [2, 0]]]],
    ["multi-output-softmax", ["0:3"], [[0, [0, 1, 2]]]],
    ["gru-reset-after", ["1"], [[0, [1]]]],
    ["sequence-output", ["15", "3:6"], [[0, [15, 3, 4, 5]]]], // (8, 2), row-major
    ["branches", ["first:1"], [[0, [1]]]],
    [
      "branches",
      ["second", "first:1,first:0"],
      [
        [1, [0]],
        [0, [1, 0]],
      ],
    ],
  ] as const)(
    "the outputs of %s that %j chooses are the tape's rows of them",
    async (model, items, expected) => {
      const each = caseOf(model);
      const whole = await programOf(each, "output", null);
      const told = items
        .flatMap((item) => item.split(","))
        .map((item) =>
          item.replace("first", whole.targets[0]!.name).replace("second", whole.targets.at(-1)!.name),
        );
      const program = await programOf(each, "output", told);
      const results = await run(await selectEngine(name), program, each);
      expect(results).toHaveLength(expected.length);
      for (const [t, [output, chosen]] of expected.entries()) {
        const { y, jacobian } = each.outputs[output]!;
        const m = y.length / each.windows;
        expectNear(results[t]!.prediction, rowsOf(y, each.windows, m, chosen));
        expectNear(results[t]!.jacobian, rowsOf(jacobian, each.windows, m, chosen));
        expect(results[t]!.name).toBe(whole.targets[output]!.name);
        expect(program.targets[t]!.numbers ?? chosen).toEqual(chosen);
        expect(program.targets[t]!.output.n).toBe(chosen.length);
      }
      if (name === "reference") expect(program.multiplyAdds).toBeLessThanOrEqual(1.01 * whole.multiplyAdds);
    },
  );

  it("units of a layer are chosen by number, and only they are computed", async () => {
    const each = caseOf("seed-lstm");
    const whole = await programOf(each, "layer:lstm", null);
    const program = await programOf(each, "layer:lstm", ["7", "119", "20:22"]);
    const [result] = await run(await selectEngine(name), program, each);
    const chosen = [7, 119, 20, 21];
    expectNear(result!.jacobian, rowsOf(each.layers[0]!.jacobian, each.windows, 120, chosen));
    expect(program.targets[0]).toMatchObject({ name: "lstm", shape: [4], numbers: chosen });
    expect(program.multiplyAdds).toBeLessThan(whole.multiplyAdds / 20);
  });

  it("a loss is that of the chosen outputs", async () => {
    const each = caseOf("multi-output-softmax");
    const program = await programOf(each, "loss", ["2"]);
    const [result] = await run(await selectEngine(name), program, each);
    const { y, jacobian } = each.outputs[0]!;
    const size = each.window * each.features;
    const exact = rowsOf(jacobian, each.windows, 3, [2]).map(
      (slope, i) => 2 * y[Math.floor(i / size) * 3 + 2]! * slope,
    );
    expectNear(result!.jacobian, exact); // ∂ y₂² / ∂ x
    expect(program.targets[0]).toMatchObject({ shape: [1], numbers: null });
  });
});
