import { describe, expect, it } from "vitest";
import { gradient } from "../../../src/worker/methods/gradient.js";
import { normalNoise } from "../../../src/worker/methods/normal-noise.js";
import { smoothgrad } from "../../../src/worker/methods/smoothgrad.js";
import { attribute } from "../../helpers/attribute.js";
import { oracleCases } from "../../helpers/oracle.js";

const [each] = oracleCases("oracle/keras3").filter(({ name }) => name.endsWith("/lstm-tanh-stack"));
const sd = (value: number) => new Float64Array(each!.features).fill(value);

describe("smoothgrad", () => {
  it.each(["float32", "float64"] as const)(
    "without noise is the gradient to the last bit, in %s",
    async (precision) => {
      const [exact] = await attribute(gradient, each!, { precision });
      const [result] = await attribute(smoothgrad(7, sd(0), 0), each!, { precision });
      expect(result).toEqual(exact);
    },
  );

  it("differs by seed, and is the same for the same one", async () => {
    const of = async (seed: number) => (await attribute(smoothgrad(5, sd(0.1), seed), each!))[0]!.jacobian;
    expect(await of(1)).toEqual(await of(1));
    expect(await of(2)).not.toEqual(await of(1));
  });

  it("comes nearer to the mean over the noise with more samples, by their square root", async () => {
    const of = async (samples: number, seed: number) =>
      (await attribute(smoothgrad(samples, sd(0.2), seed), each!, { windows: [0, 5, 9] }))[0]!.jacobian;
    const exact = await of(3000, 99);
    const off = async (samples: number) => {
      const errors = await Promise.all(
        [1, 2, 3, 4].map(async (seed) =>
          Array.from(await of(samples, seed), (value, i) => (value - exact[i]!) ** 2).reduce((a, b) => a + b),
        ),
      );
      return Math.sqrt(errors.reduce((a, b) => a + b));
    };
    const ratio = (await off(10)) / (await off(250)); // 5, were both certain
    expect(ratio).toBeGreaterThan(3);
    expect(ratio).toBeLessThan(8);
  });
});

describe("the noise", () => {
  it("is standard normal by its first four moments, over samples, windows and draws", () => {
    const sums = [0, 0, 0, 0];
    let count = 0;
    for (let window = 0n; window < 40n; window++) {
      for (let sample = 1; sample <= 50; sample++) {
        const draw = normalNoise(0, window, sample);
        for (let i = 0; i < 101; i++, count++) {
          const z = draw();
          for (let power = 0; power < 4; power++) sums[power]! += z ** (power + 1);
        }
      }
    }
    const moments = sums.map((sum) => sum / count);
    [0, 1, 0, 3].forEach((expected, i) => {
      expect(Math.abs(moments[i]! - expected)).toBeLessThan(0.06); // 202,000 draws: over 2.5 standard errors of the fourth
    });
  });

  it("of neighbouring windows, samples and seeds has nothing in common", () => {
    const draws = (seed: number, window: bigint, sample: number) => {
      const draw = normalNoise(seed, window, sample);
      return Array.from({ length: 2000 }, draw);
    };
    const base = draws(3, 7n, 2);
    for (const other of [draws(4, 7n, 2), draws(3, 8n, 2), draws(3, 7n, 3), draws(7, 3n, 2)]) {
      const correlation = base.reduce((sum, z, i) => sum + z * other[i]!, 0) / base.length;
      expect(Math.abs(correlation)).toBeLessThan(0.1); // four and a half standard errors
    }
  });
});
