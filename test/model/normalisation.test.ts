import { expect, test } from "vitest";
import { readModel } from "../../src/model/read-model.js";
import { compile } from "../../src/program/compile.js";
import { reference } from "../../src/worker/engine/reference.js";
import { functional, input, layer, tensor } from "../helpers/functional-model.js";
import { made } from "../helpers/recorded-models.js";

test.each([
  [false, [(3 - 0.5) / 1, (5 - 0.5) / 2], [1, 0, 0, 0.5]],
  [true, [0.5 + 1 * 3, 0.5 + 2 * 5], [1, 0, 0, 2]],
])("a Normalization may have one mean for variances of their own, invert %s", async (invert, y, jacobian) => {
  const config = { axis: -1, mean: 0.5, variance: [1, 4], invert, trainable: true };
  const normal = layer("Normalization", "normal", config, [{ args: [tensor("in")], kwargs: {} }]);
  const graph = await readModel("m.keras", made(functional([input(2), normal], "normal")));
  const program = compile(graph, { target: { kind: "output" } });
  const executor = await reference.prepare(program, { precision: "float64", threads: 1 });
  const [result] = await executor.run({ rows: Float64Array.of(3, 5), starts: Int32Array.of(0), aux: null });
  await executor.close();
  expect([...result!.prediction]).toEqual(y);
  expect([...result!.jacobian]).toEqual(jacobian);
});
