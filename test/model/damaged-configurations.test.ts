import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { expect, test } from "vitest";
import { isJson } from "../../src/model/config.js";
import { readModel } from "../../src/model/read-model.js";
import { compile } from "../../src/program/compile.js";
import { UserError } from "../../src/shared/errors.js";
import { loadAddon, nativeEngine } from "../../src/worker/engine/native.js";
import { oracleCases } from "../helpers/oracle.js";
import { randomNumbers } from "../helpers/random-numbers.js";
import { bytesOf } from "../helpers/recorded-models.js";

/** What may stand anywhere in a configuration. */
const VALUES = [
  0,
  -1,
  1,
  2,
  3,
  -2,
  2.5,
  1e9,
  null,
  true,
  false,
  "x",
  "glu",
  "softmax",
  [],
  {},
  [1],
  [2, 1],
  [-1],
];

/** A place in a JSON value: an object or a list, and the key in it. */
type Place = readonly [holder: Record<string | number, unknown>, key: string];

function placesIn(value: unknown): Place[] {
  if (!isJson(value) && !Array.isArray(value)) return [];
  const holder = value as Record<string | number, unknown>;
  return Object.keys(holder).flatMap((key): Place[] => [[holder, key], ...placesIn(holder[key])]);
}

test("a model with anything in its configuration changed is a program that engines take, or refused in a line", async () => {
  const engine = nativeEngine(loadAddon());
  const random = randomNumbers(20);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const files = oracleCases("oracle/keras3", "models/keras3")
    .flatMap(({ name, models }) => (models.some((path) => path.endsWith(".keras")) ? [name] : []))
    .map((name) => unzipSync(bytesOf(`${name}/keras3.keras`)));
  let programs = 0;
  let refusals = 0;
  for (let i = 0; i < 800; i++) {
    const parts = pick(files);
    const model: unknown = JSON.parse(strFromU8(parts["config.json"]!));
    const places = placesIn(model);
    const [holder, key] = pick(places);
    const [elsewhere, other] = pick(places);
    const old = holder[key];
    const near = typeof old === "number" ? [old + 1, old - 1] : [];
    const value = pick([...VALUES, ...near, elsewhere[other], elsewhere[other]]);
    holder[key] = structuredClone(value);
    const bytes = zipSync({ ...parts, "config.json": strToU8(JSON.stringify(model)) }, { level: 0 });
    const change = `${key}: ${JSON.stringify(old)?.slice(0, 60)} → ${JSON.stringify(value)?.slice(0, 60)}`;
    try {
      const graph = await readModel("m.keras", bytes);
      const steps = graph.inputShape.length === 2 && graph.inputShape[0] === null ? 6 : undefined;
      const program = compile(graph, { target: { kind: "output" }, steps });
      await (await engine.prepare(program, { precision: "float64", threads: 1 })).close();
      programs++;
    } catch (error) {
      expect(error, change).toBeInstanceOf(UserError);
      refusals++;
    }
  }
  expect(programs).toBeGreaterThan(100);
  expect(refusals).toBeGreaterThan(100);
});
