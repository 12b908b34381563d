import { expect, it } from "vitest";
import { readBaseline } from "../../../src/producer/series/read-baseline.js";
import { UserError } from "../../../src/shared/errors.js";
import type { Scaler } from "../../../src/shared/series.js";

const SCALER: Scaler = {
  kind: "standard",
  columns: ["a", "b"],
  shift: Float64Array.of(1, 10),
  scale: Float64Array.of(2, 4),
};
const read = (text: string, scaler: Scaler | null = null, steps = 3) =>
  readBaseline("baseline.csv", Buffer.from(text), { columns: ["b", "a"] }, steps, scaler);

it("a baseline of a window is read by the series' names, in the model's order, and scaled like the series", async () => {
  const text = "day,a,b\n2020-01-02,1,2\n2020-01-01,3,4\n2020-01-03,5,6\n";
  expect(await read(text)).toEqual(Float64Array.of(2, 1, 4, 3, 6, 5));
  expect(await read(text, SCALER)).toEqual(Float64Array.of(-2, 0, -1.5, 1, -1, 2));
});

it("a baseline of one row stands for every step, and without names its columns are the model's", async () => {
  expect(await read("7,8\n")).toEqual(Float64Array.of(7, 8, 7, 8, 7, 8));
  expect(await read("7,8\n", SCALER)).toEqual(Float64Array.of(-0.75, 3.5, -0.75, 3.5, -0.75, 3.5));
});

it.each([
  [
    "another number of rows",
    "a,b\n1,2\n3,4\n",
    /baseline\.csv: --baseline takes 1 row or the 3 of a window, not 2/,
  ],
  [
    "an empty cell, by its place",
    "a,b\n1,2\n3,\n5,6\n",
    /baseline\.csv.* is empty; --baseline needs a number/,
  ],
  ["a column that is not there", "a,c\n1,2\n", /baseline\.csv has no column "b"/],
  ["another number of columns", "1,2,3\n", /takes 2 columns.* 3 numeric/],
  ["words", "a,b\n1,two\n", /two/],
])("a baseline with %s is refused", async (_what, text, message) => {
  const attempt = read(text);
  await expect(attempt).rejects.toBeInstanceOf(UserError);
  await expect(attempt).rejects.toThrow(message);
});
