import { describe, expect, it } from "vitest";
import type { Engine } from "../../../src/worker/engine/engine.js";
import { loadAddon, nativeEngine } from "../../../src/worker/engine/native.js";
import { reference } from "../../../src/worker/engine/reference.js";
import { wasmEngine } from "../../../src/worker/engine/wasm.js";
import { gradient } from "../../../src/worker/methods/gradient.js";
import { inputTimesGradient } from "../../../src/worker/methods/input-x-gradient.js";
import { integratedGradients } from "../../../src/worker/methods/integrated-gradients.js";
import type { Attribution, Method } from "../../../src/worker/methods/method.js";
import { smoothgrad } from "../../../src/worker/methods/smoothgrad.js";
import { attribute } from "../../helpers/attribute.js";
import { oracleCases } from "../../helpers/oracle.js";

const cases = oracleCases("oracle/keras3").filter(({ name }) => /\/(seed-lstm|branches)$/.test(name));
const [branches, seed] = cases as [(typeof cases)[0], (typeof cases)[0]];
const methods: readonly Method[] = [
  gradient,
  inputTimesGradient,
  integratedGradients(
    7,
    Float64Array.from({ length: 100 }, (_, e) => Math.sin(e)),
  ),
  smoothgrad(6, Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.5), 11),
];
const addon = loadAddon();
const engines: readonly [string, () => Promise<Engine>][] = [
  ["wasm", () => wasmEngine("auto")],
  ...addon
    .instructionSets()
    .map((isa): [string, () => Promise<Engine>] => [
      `native ${isa}`,
      async () => nativeEngine(addon, { isa }),
    ]),
];

/** The windows first … end − 1 of results of `windows` windows. */
const part = (results: readonly Attribution[], first: number, end: number, windows: number) =>
  results.map(({ name, ...arrays }) => {
    const cut = (values: Float32Array | Float64Array | null) =>
      values?.slice((first * values.length) / windows, (end * values.length) / windows) ?? null;
    const { prediction, jacobian, completeness } = arrays;
    return {
      name,
      prediction: cut(prediction),
      jacobian: cut(jacobian),
      completeness: cut(completeness),
    };
  });

describe.each(methods)("the method $name", (method) => {
  it.each(engines)("is on %s what it is by the definition, in float64 to 1e-10", async (_name, engine) => {
    for (const each of method.name === "integrated-gradients" ? [seed] : cases) {
      const windows = [0, 11, 23];
      const exact = await attribute(method, each, { engine: reference, windows });
      const results = await attribute(method, each, { engine: await engine(), windows });
      expect(results.map(({ name }) => name)).toEqual(exact.map(({ name }) => name));
      exact.forEach((target, t) => {
        for (const key of ["prediction", "jacobian", "completeness"] as const) {
          const values = results[t]![key];
          expect(values?.length).toBe(target[key]?.length);
          target[key]?.forEach((value, i) => {
            expect(Math.abs(value - values![i]!)).toBeLessThan(1e-10);
          });
        }
      });
    }
  });

  it.each([["reference", async () => reference] as [string, () => Promise<Engine>], ...engines])(
    "on %s gives a window the same bytes in any chunk and on any number of threads",
    async (_name, engine) => {
      const options = { engine: await engine(), precision: "float32" } as const;
      const windows = Array.from({ length: 12 }, (_, w) => w);
      const all = await attribute(method, seed, { ...options, threads: 1, windows });
      for (const [first, end] of [
        [0, 5],
        [5, 12],
        [8, 9],
      ] as const) {
        const chunk = { ...options, threads: 2, windows: windows.slice(first, end) };
        expect(await attribute(method, seed, chunk)).toEqual(part(all, first, end, windows.length));
      }
    },
  );

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    const attempt = attribute(method, seed, { engine: reference, signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(attempt).rejects.toThrow("enough");
  });
});

it("a window whose points are parted between two calls of the executor is what it is alone", async () => {
  const method = integratedGradients(60, new Float64Array(100));
  const options = { target: "layer:lstm", precision: "float32" } as const; // 120 outputs: some 340 points a call
  const six = await attribute(method, seed, { ...options, windows: [0, 1, 2, 3, 4, 5] });
  const last = await attribute(method, seed, { ...options, windows: [5] });
  expect(part(six, 5, 6, 6)).toEqual(last);
});

it("methods of several targets keep the targets apart", async () => {
  const zero = integratedGradients(20, new Float64Array(branches.window * branches.features));
  const results = await attribute(zero, branches);
  expect(results.map(({ name, completeness }) => [name, completeness!.length])).toEqual([
    ["level", 48],
    ["spread", 24],
  ]);
  for (const { completeness } of results)
    for (const error of completeness!) expect(Math.abs(error)).toBeLessThan(1e-10);
});
