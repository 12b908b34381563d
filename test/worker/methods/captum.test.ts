import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inputTimesGradient } from "../../../src/worker/methods/input-x-gradient.js";
import { integratedGradients } from "../../../src/worker/methods/integrated-gradients.js";
import type { Method } from "../../../src/worker/methods/method.js";
import { attribute } from "../../helpers/attribute.js";
import { oracleCases } from "../../helpers/oracle.js";
import { FIXTURES } from "../../helpers/places.js";

const each = oracleCases("oracle/keras3").find(({ name }) => name.endsWith("/lstm-tanh-stack"))!;
const recorded = JSON.parse(readFileSync(join(FIXTURES, "captum/captum.json"), "utf8"));
const [windows, , T, F] = recorded.shape as [number, number, number, number];
const { rows } = each;

const mean = Float64Array.from({ length: F }, (_, f) => {
  const covered = rows.subarray(0, (windows + T - 1) * F).filter((_value, i) => i % F === f);
  return covered.reduce((sum, value) => sum + value, 0) / covered.length;
});
const BASELINES = {
  zero: new Float64Array(T * F),
  mean: Float64Array.from({ length: T * F }, (_, e) => mean[e % F]!),
  window: rows.slice((windows - 1) * F, (windows - 1 + T) * F),
};

async function expectCaptums(name: string, method: Method): Promise<void> {
  const bytes = readFileSync(join(FIXTURES, `captum/${name}.f64`));
  const exact = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const [result] = await attribute(method, each, { windows: Array.from({ length: windows }, (_, w) => w) });
  expect(result!.jacobian).toHaveLength(exact.length);
  const largest = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(largest).toBeGreaterThan(1e-3);
  const off = exact.reduce((most, value, i) => Math.max(most, Math.abs(value - result!.jacobian[i]!)), 0);
  expect(off / largest).toBeLessThan(1e-8);
}

test("input × gradient is Captum's InputXGradient on a twin of the model in PyTorch", async () => {
  await expectCaptums("input-x-gradient", inputTimesGradient);
});

test.each(["zero", "mean", "window"] as const)(
  "integrated gradients from the baseline %s are Captum's IntegratedGradients on the twin",
  async (baseline) => {
    await expectCaptums(
      `integrated-gradients-${baseline}`,
      integratedGradients(recorded.steps, BASELINES[baseline]),
    );
  },
);
