import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { readModel } from "../../../src/model/read-model.js";
import { compile } from "../../../src/program/compile.js";
import { parseTarget } from "../../../src/program/target.js";
import type { Engine, Floats, Precision, TargetResult } from "../../../src/worker/engine/engine.js";
import { type OracleCase, oracleCases } from "../../helpers/oracle.js";

/** How far an engine may be from the exact results. */
interface Tolerance {
  /** Largest |J − exact|, relative to max(least, max |exact|). */
  readonly bound: number;
  readonly least: number;
  /** Share of the entries that may be off by more: a relu's kink falls either way in any float32. */
  readonly share: number;
}

const TOLERANCES: Record<Precision, Tolerance> = {
  float64: { bound: 1e-10, least: 1, share: 0 },
  float32: { bound: 1e-5, least: 0, share: 1e-4 },
};

/** The suite that every engine passes: outputs, Jacobians, loss Jacobians and layer Jacobians of every case. */
export function conformance(engine: () => Promise<Engine>, precisions: readonly Precision[]): void {
  for (const precision of precisions) {
    describe(`in ${precision}`, () => {
      for (const each of oracleCases("oracle/keras2", "oracle/keras3", "models/keras2", "models/keras3")) {
        for (const model of each.models) {
          test(`${each.name} from ${basename(model)} agrees with the tape`, async () => {
            await checkCase(await engine(), each, model, precision);
          });
        }
      }
    });
  }
}

export async function checkCase(
  engine: Engine,
  each: OracleCase,
  model: string,
  precision: Precision,
): Promise<void> {
  const graph = await readModel(basename(model), readFileSync(model));
  const run = async (target: string): Promise<TargetResult[]> => {
    const program = compile(graph, { target: parseTarget(target) });
    const executor = await engine.prepare(program, { precision, threads: 2 });
    try {
      const starts = Int32Array.from({ length: each.windows }, (_, w) => w);
      return await executor.run({ rows: each.rows, starts, aux: null });
    } finally {
      await executor.close();
    }
  };
  const agrees = (actual: Floats, exact: Float64Array, what: string) =>
    expectClose(actual, exact, TOLERANCES[precision], `${each.name} ${what}`);

  const outputs = await run("output");
  expect(outputs.length).toBe(each.outputs.length);
  outputs.forEach(({ prediction, jacobian }, k) => {
    agrees(prediction, each.outputs[k]!.y, `y${k}`);
    agrees(jacobian, each.outputs[k]!.jacobian, `jacobian${k}`);
  });
  const losses = await run("loss");
  losses.forEach(({ jacobian }, k) => {
    agrees(jacobian, each.outputs[k]!.loss, `loss${k}`);
  });
  for (const layer of each.layers) {
    const [result] = await run(`layer:${layer.name}`);
    agrees(result!.jacobian, layer.jacobian, `layer ${layer.name}`);
  }
}

function expectClose(
  actual: Floats,
  exact: Float64Array,
  { bound, least, share }: Tolerance,
  what: string,
): void {
  expect(actual.length, what).toBe(exact.length);
  const scale = Math.max(
    least,
    exact.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  );
  let off = 0;
  let worst = 0;
  exact.forEach((value, i) => {
    const error = Math.abs(actual[i]! - value) / scale;
    if (!(error <= bound)) off++;
    worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
  });
  expect(
    off,
    `${what}: ${off} of ${exact.length} off by more than ${bound}, the worst by ${worst}`,
  ).toBeLessThanOrEqual(share * exact.length);
}
