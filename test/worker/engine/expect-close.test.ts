import { describe, expect, it } from "vitest";
import { oracleCases } from "../../helpers/oracle.js";
import { randomNumbers } from "../../helpers/random-numbers.js";
import { expectClose } from "./expect-close.js";

const [seed] = oracleCases("oracle/keras3").filter(({ name }) => name.endsWith("/seed-lstm"));
const exact = seed!.layers.find(({ name }) => name === "lstm")!.jacobian; // [windows, units, 20, 5]
const largest = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const float32 = { precision: "float32", step: seed!.features, what: "the Jacobian" } as const;
const random = randomNumbers(3);

/** The exact entries as float32 gives them, with one more ulp of error each. */
const rounded = Float32Array.from(exact, (value) => value * (1 + 2 ** -23 * (random() - 0.5)));

describe("the comparison of an engine's results with exact ones", () => {
  it("lets rounding through", () => {
    expectClose(rounded, exact, float32);
    expectClose(exact.slice(), exact, { ...float32, precision: "float64" });
  });

  it("finds any one entry of the wrong sign, however small beside the largest of all", () => {
    const small = Array.from(exact.keys()).filter((i) => {
      const step = exact.subarray(i - (i % 5), i - (i % 5) + 5).map(Math.abs);
      return Math.abs(exact[i]!) < 4e-6 * largest && Math.abs(exact[i]!) > 1e-5 * Math.max(...step);
    });
    expect(small.length).toBeGreaterThan(1000); // a bound of 1e-5 of the largest would let all of them through
    for (const i of small.filter((_, n) => n % 50 === 0)) {
      rounded[i]! *= -1;
      expect(() => expectClose(rounded, exact, float32), `entry ${i}`).toThrow(/1 of \d+ are off/);
      rounded[i]! *= -1;
    }
  });

  it("finds a small entry that is off by a hundredth, the largest by 1e-5, NaN, and a lost entry", () => {
    const smallest = exact.findIndex(
      (value) => Math.abs(value) > 1e-8 * largest && Math.abs(value) < 1e-5 * largest,
    );
    const greatest = exact.findIndex((value) => Math.abs(value) === largest);
    const faults: [number, number][] = [
      [smallest, 1.01],
      [greatest, 1 + 1e-5],
      [greatest, Number.NaN],
    ];
    for (const [at, factor] of faults) {
      const wrong = rounded.slice();
      wrong[at]! *= factor;
      expect(() => expectClose(wrong, exact, float32)).toThrow(/1 of \d+ are off/);
    }
    expect(() => expectClose(rounded.subarray(1), exact, float32)).toThrow();
  });

  it("wants zeros where a whole step is zero", () => {
    const zeros = new Float64Array(10);
    expectClose(new Float32Array(10), zeros, float32);
    const wrong = new Float32Array(10);
    wrong[3] = 1e-30;
    expect(() => expectClose(wrong, zeros, float32)).toThrow(/1 of 10 are off/);
  });
});
