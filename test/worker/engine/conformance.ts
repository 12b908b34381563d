import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { type ReadModelOptions, readModel } from "../../../src/model/read-model.js";
import { compile } from "../../../src/program/compile.js";
import type { Graph } from "../../../src/program/graph.js";
import { parseTarget } from "../../../src/program/target.js";
import type { Batch, Engine, Precision, TargetResult } from "../../../src/worker/engine/engine.js";
import { type OracleCase, oracleCases } from "../../helpers/oracle.js";
import { expectClose } from "./expect-close.js";

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

/** One model's file against what was recorded of the case. `options`: layers of the test's own. */
export async function checkCase(
  engine: Engine,
  each: OracleCase,
  model: string,
  precision: Precision,
  options: ReadModelOptions = {},
): Promise<void> {
  const graph = await readModel(basename(model), readFileSync(model), options);
  const run = (target: string, aux: Float64Array | null = null) =>
    resultsOf(engine, graph, each, target, precision, aux);
  const agrees = (actual: Float32Array | Float64Array, exact: Float64Array, what: string, step: number) =>
    expectClose(actual, exact, { precision, step, what: `${each.name} ${what}` });

  const outputs = await run("output");
  expect(outputs).toHaveLength(each.outputs.length);
  outputs.forEach(({ prediction, jacobian }, k) => {
    agrees(prediction, each.outputs[k]!.y, `y${k}`, 1);
    agrees(jacobian, each.outputs[k]!.jacobian, `jacobian${k}`, each.features);
  });
  const losses = await run("loss");
  expect(losses).toHaveLength(each.outputs.length);
  losses.forEach(({ jacobian }, k) => {
    agrees(jacobian, each.outputs[k]!.loss, `loss${k}`, each.features);
  });
  for (const layer of each.layers) {
    const results = await run(`layer:${layer.name}`);
    expect(results).toHaveLength(1);
    agrees(results[0]!.jacobian, layer.jacobian, `layer ${layer.name}`, each.features);
  }
  const [only, ...others] = each.outputs;
  if (only === undefined || others.length > 0 || only.y.length !== each.windows) return;
  // (y − a)² of one output: its gradient is 2 (y − a) ∂y. Each window has another a, so that no other's will do.
  const distance = Float64Array.from({ length: each.windows }, (_, w) => 0.5 + w / 8);
  const n = each.window * each.features;
  const results = await run(
    "loss:column",
    only.y.map((y, w) => y - distance[w]!),
  );
  expect(results).toHaveLength(1);
  const exact = only.jacobian.map((value, i) => 2 * distance[Math.floor(i / n)]! * value);
  agrees(results[0]!.jacobian, exact, "loss against a column", each.features);
}

async function resultsOf(
  engine: Engine,
  graph: Graph,
  { rows, windows }: OracleCase,
  target: string,
  precision: Precision,
  aux: Batch["aux"],
): Promise<TargetResult[]> {
  const program = compile(graph, { target: parseTarget(target) });
  const executor = await engine.prepare(program, { precision, threads: 2 });
  try {
    return await executor.run({ rows, starts: Int32Array.from({ length: windows }, (_, w) => w), aux });
  } finally {
    await executor.close();
  }
}
