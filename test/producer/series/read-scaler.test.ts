import { describe, expect, it } from "vitest";
import { readScaler } from "../../../src/producer/series/read-scaler.js";
import { scaleSeries } from "../../../src/producer/series/scale-series.js";
import { UserError } from "../../../src/shared/errors.js";
import type { Series } from "../../../src/shared/series.js";
import { scratchFolder } from "../../helpers/folders.js";

const write = scratchFolder();
const STANDARD = { kind: "standard", columns: ["a", "b"], mean: [1, 2], scale: [2, 4] };
const read = (json: unknown) =>
  readScaler(write("scaler.json", typeof json === "string" ? json : JSON.stringify(json)));

const SERIES: Series = {
  name: "s",
  columns: ["b", "a"],
  values: Float64Array.of(2, 3, 10, Number.NaN),
  rows: 2,
  time: null,
  group: null,
  extra: new Map(),
};

describe("a scaler", () => {
  it("is read and applied by column name, whatever the order", async () => {
    const scaler = await read(STANDARD);
    expect(scaler).toEqual({
      kind: "standard",
      columns: ["a", "b"],
      shift: Float64Array.of(1, 2),
      scale: Float64Array.of(2, 4),
    });
    expect(scaleSeries(SERIES, scaler)).toEqual(Float64Array.of(0, 1, 2, Number.NaN));
  });

  it("of the kind minmax subtracts the minimum and divides by the range", async () => {
    const scaler = await read({ kind: "minmax", columns: ["b", "a"], min: [2, 1], scale: [8, 2] });
    expect(scaleSeries(SERIES, scaler)).toEqual(Float64Array.of(0, 1, 1, Number.NaN));
  });

  it("is optional: the values stay what they are", () => {
    expect(scaleSeries(SERIES, null)).toBe(SERIES.values);
  });

  it("must not make a number infinite", async () => {
    const scaler = await read({ ...STANDARD, scale: [1e-308, 1] });
    expect(() => scaleSeries({ ...SERIES, values: SERIES.values.map((x) => x * 1e10) }, scaler)).toThrow(
      /the scaler makes 30000000000 of column a infinite/,
    );
  });

  it("must know each column of the series", async () => {
    const scaler = await read({ ...STANDARD, columns: ["a", "c"] });
    expect(() => scaleSeries(SERIES, scaler)).toThrow(
      'the scaler has no column "b", which the model\'s input has; its columns are: a, c',
    );
  });

  it.each([
    ["no JSON", "{", /the scaler scaler\.json is not JSON/],
    ["a list", [], /must be an object \{kind, columns, mean or min, scale\}/],
    ["no kind", { columns: ["a"], mean: [1], scale: [1] }, /the field "kind" is missing/],
    ["another kind", { ...STANDARD, kind: "robust" }, /kind must be "standard" or "minmax"/],
    ["no mean", { kind: "standard", columns: ["a"], scale: [1] }, /the field "mean" is missing/],
    ["a min of the other kind", { ...STANDARD, min: [1, 2] }, /the field "min" is unknown/],
    ["a text among the numbers", { ...STANDARD, mean: [1, "x"] }, /mean\.1 must hold finite numbers/],
    ["a null among the numbers", { ...STANDARD, scale: [1, null] }, /scale\.1 must hold finite numbers/],
    ["lists of different lengths", { ...STANDARD, scale: [1] }, /scale has 1 numbers for 2 columns/],
    ["too short a mean", { ...STANDARD, mean: [1] }, /mean has 1 numbers for 2 columns/],
    ["a scale of zero", { ...STANDARD, scale: [1, 0] }, /scale of column b is 0/],
    ["a column twice", { ...STANDARD, columns: ["a", "a"] }, /column a is named twice/],
    ["no columns", { ...STANDARD, columns: [] }, /columns is empty/],
    ["an unnamed column", { ...STANDARD, columns: ["a", ""] }, /columns\.1 holds an empty name/],
  ])("with %s is refused", async (_, json, message) => {
    const error = await read(json).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(message);
    expect((error as UserError).message).not.toContain("\n");
  });

  it("that does not exist is refused", async () => {
    await expect(readScaler("/nowhere/s.json")).rejects.toThrow(
      "the scaler /nowhere/s.json cannot be read: there is no such file",
    );
  });
});
