import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import type { LayerFamily } from "../../src/model/layer-family.js";
import { LayerKinds } from "../../src/model/layers/layer-kinds.js";
import type { LayerKind } from "../../src/program/graph.js";

const folder = fileURLToPath(new URL("../../src/model/layers/", import.meta.url));

const isFamily = (value: unknown): value is LayerFamily =>
  typeof value === "object" && value !== null && "classes" in value && "kinds" in value;

interface Doubling {
  readonly kind: "Double" | "Halve";
}

test("the compiler asks for all that a layer is", () => {
  const double: LayerKind = {
    inputs: [1, 1],
    takes: "any",
    weights: () => [],
    results: () => 1,
    place: (_, [x]) => [x!],
  };
  const { place: _, ...placeless } = double;
  // @ts-expect-error a kind of the family's data is left out
  const forgotten: LayerFamily<Doubling> = { classes: {}, kinds: { Double: double } };
  // @ts-expect-error a kind is not placed
  const unplaced: LayerFamily<Doubling> = { classes: {}, kinds: { Double: double, Halve: placeless } };
  const flatten = () => () => ({ kind: "Flatten" }) as const;
  // @ts-expect-error a class is parsed into another family's data
  const strange: LayerFamily<Doubling>["classes"] = { Flatten: flatten };
  expect([forgotten, unplaced, strange]).toHaveLength(3);
});

test("every family of layers that a module has is one that models are read with", async () => {
  const known = new LayerKinds();
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const modules: object[] = await Promise.all(
    files.map((file) => import(pathToFileURL(join(folder, file)).href)),
  );
  const families = modules.flatMap((module) => Object.values(module).filter(isFamily));
  expect(families.length).toBeGreaterThan(10);
  for (const { classes, kinds } of families) {
    for (const [name, parser] of Object.entries(classes)) expect(known.parserOf(name), name).toBe(parser);
    for (const [kind, own] of Object.entries(kinds)) expect(known.kindOf({ kind }), kind).toBe(own);
  }
});
