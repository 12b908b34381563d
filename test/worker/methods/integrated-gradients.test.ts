import { describe, expect, it } from "vitest";
import { METHOD_DEFAULTS } from "../../../src/shared/options/submit-options.js";
import { reference } from "../../../src/worker/engine/reference.js";
import { integratedGradients } from "../../../src/worker/methods/integrated-gradients.js";
import { type AttributeOptions, attribute, programOf } from "../../helpers/attribute.js";
import { type OracleCase, oracleCases } from "../../helpers/oracle.js";

/** Recorded models with a corner somewhere: relu, elu and selu, hard sigmoid, softsign, the maximum of a pooling. */
const KINKED = /seed-lstm|seed-dense|conv-lstm|activations/;
const cases = oracleCases("oracle/keras2", "oracle/keras3");
const smooth = cases.filter(({ name }) => !KINKED.test(name));
const named = (end: string): OracleCase => cases.find(({ name }) => name.endsWith(end))!;
const baselineOf = ({ window, features }: OracleCase, value: number) =>
  new Float64Array(window * features).fill(value);

function sumOf(values: Float32Array | Float64Array, from: number, count: number): number {
  let sum = 0;
  for (let i = from; i < from + count; i++) sum += values[i]!;
  return sum;
}

/** y(x′) of each target, [m]. */
async function atBaseline(each: OracleCase, baseline: Float64Array): Promise<readonly Float64Array[]> {
  const program = await programOf(each);
  const executor = await reference.prepare(program, {
    precision: "float64",
    threads: 1,
  });
  const results = await executor.run({ rows: baseline, starts: new Int32Array(1), aux: null });
  await executor.close();
  return results.map(({ prediction }) => Float64Array.from(prediction));
}

describe("integrated gradients", () => {
  it("are tried on the smooth ones of the recorded models, which are most", () => {
    expect(smooth.length).toBe(22);
  });

  it.each(smooth.flatMap((each) => [0, 0.3].map((value) => [each.name, value, each] as const)))(
    "of %s from %f sum to y(x) − y(x′) within 1e-9 at the steps that are usual",
    async (_name, value, each) => {
      const baseline = baselineOf(each, value);
      const method = integratedGradients(METHOD_DEFAULTS.steps, baseline);
      const results = await attribute(method, each);
      const start = await atBaseline(each, baseline);
      results.forEach(({ prediction, jacobian, completeness }, t) => {
        const m = start[t]!.length;
        const size = baseline.length;
        expect(completeness).toHaveLength(each.windows * m);
        for (let i = 0; i < each.windows * m; i++) {
          expect(Math.abs(prediction[i]! - each.outputs[t]!.y[i]!)).toBeLessThan(1e-10);
          const sum = sumOf(jacobian, i * size, size);
          const difference = prediction[i]! - start[t]![i % m]!;
          expect(Math.abs(sum - difference)).toBeLessThan(1e-9 * Math.abs(difference) + 1e-9);
          expect(completeness![i]!).toBeCloseTo(sum - difference, 12);
        }
      });
    },
  );

  it("of a model with corners tell in `completeness` how far they are off, which is less with more steps", async () => {
    const each = named("keras3/seed-lstm");
    const baseline = baselineOf(each, 0);
    const largest = async (steps: number) => {
      const [result] = await attribute(integratedGradients(steps, baseline), each, {
        windows: [0, 5, 9, 20],
      });
      return Math.max(...result!.completeness!.map(Math.abs));
    };
    const few = await largest(5);
    expect(few).toBeGreaterThan(1e-3);
    expect(await largest(500)).toBeLessThan(few / 10);
  });

  it("of a loss that compares with a column keep each window's value of it all along the path", async () => {
    const each = named("keras3/gru-classic");
    const aux = Float64Array.from({ length: each.windows }, (_, w) => Math.sin(w));
    const options: AttributeOptions = { target: "loss:y", aux };
    const [result] = await attribute(integratedGradients(50, baselineOf(each, 0)), each, options);
    const [start] = await atBaseline(each, baselineOf(each, 0));
    const size = each.window * each.features;
    aux.forEach((target, w) => {
      const sum = sumOf(result!.jacobian, w * size, size);
      const difference = (each.outputs[0]!.y[w]! - target) ** 2 - (start![0]! - target) ** 2;
      expect(Math.abs(sum - difference)).toBeLessThan(1e-10);
    });
  });
});
