import { expect, it } from "vitest";
import { resolveOptions } from "../../../src/producer/plan/submit-options.js";

const CONFIG = {
  sheet: "Data",
  columns: ["a", "b"] as string[],
  "time-column": "at",
  "group-by": "site",
  target: "loss",
  windows: "0,50",
  window: 24,
  stride: 2,
  missing: "interpolate",
  engine: "wasm",
  precision: "float64",
  chunk: 100,
} as const;

it("every option that a config may set takes effect", () => {
  expect(resolveOptions({}, CONFIG)).toEqual({
    sheet: "Data",
    columns: ["a", "b"],
    timeColumn: "at",
    groupBy: "site",
    target: "loss",
    mode: "batch",
    window: 24,
    windows: [
      { from: 0, to: 1 },
      { from: 50, to: 51 },
    ],
    stride: 2,
    missing: "interpolate",
    engine: "wasm",
    precision: "float64",
    chunk: 100,
  });
});

it("what is given goes before what a config says", () => {
  expect(resolveOptions({ window: 12, stride: 1, columns: ["c"] }, CONFIG)).toMatchObject({
    window: 12,
    stride: 1,
    columns: ["c"],
  });
});

it("what this version does not have is refused", () => {
  expect(() => resolveOptions({ mode: "full" }, {})).toThrow(/--mode full is not available/);
  expect(() => resolveOptions({ engine: "tensorflow" }, {})).toThrow(/--engine tensorflow is not available/);
});
