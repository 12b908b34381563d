import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readDataset } from "../../../src/producer/read/read-dataset.js";
import { fillMissing } from "../../../src/producer/series/fill-missing.js";
import { readScaler } from "../../../src/producer/series/read-scaler.js";
import { scaleSeries } from "../../../src/producer/series/scale-series.js";
import type { SelectOptions } from "../../../src/producer/series/select-options.js";
import { selectSeries } from "../../../src/producer/series/select-series.js";
import { scratchFolder } from "../../helpers/folders.js";
import { DEMO, WEATHER } from "../../helpers/places.js";

const write = scratchFolder();

async function read(content: string, options?: SelectOptions) {
  return selectSeries(await readDataset(write("series.csv", content)), options);
}

describe("fillMissing", () => {
  it("leaves empty cells as they are for skip", async () => {
    const series = await read("a,b\n1,\n2,3\n");
    expect(fillMissing(series, "skip")).toEqual({ series, filled: 0 });
  });

  it("draws a line between neighbours, takes the nearest at the ends, and leaves the read series alone", async () => {
    const series = await read("a,b\n,1\n2,\n,\n,4\n8,\n,4\n");
    const { series: filled, filled: count } = fillMissing(series, "interpolate");
    expect(filled.values).toEqual(Float64Array.of(2, 1, 2, 2, 4, 3, 6, 4, 8, 4, 8, 4));
    expect(count).toBe(7);
    expect(series.values[0]).toBeNaN();
  });

  it("stays within a group, and fills further columns too", async () => {
    const series = await read("g,a,y\nx,1,\nx,,5\nz,,7\nz,9,8\n", {
      groupBy: "g",
      columns: ["a"],
      extra: ["y"],
    });
    const { series: filled } = fillMissing(series, "interpolate");
    expect(filled.values).toEqual(Float64Array.of(1, 1, 9, 9));
    expect(filled.extra.get("y")).toEqual(Float64Array.of(5, 5, 7, 8));
  });

  it("refuses to interpolate where there is no value", async () => {
    const grouped = await read("g,a\nx,1\nz,\n", { groupBy: "g" });
    expect(() => fillMissing(grouped, "interpolate")).toThrow("series.csv: column a has no value in group z");
  });

  it("refuses the first empty cell by its address for error, further columns included", async () => {
    const series = await read("a,b\n1,2\n3,\n,4\n");
    expect(() => fillMissing(series, "error")).toThrow(
      "series.csv, line 3, column b: the cell is empty; fill it, or give --missing skip or --missing interpolate",
    );
    const extra = await read("a,b\n1,2\n3,\n", { columns: ["a"], extra: ["b"] });
    expect(() => fillMissing(extra, "error")).toThrow("series.csv, line 3, column b");
    const whole = await read("a,b\n1,2\n");
    expect(fillMissing(whole, "error").filled).toBe(0);
  });

  it("gives the demo the mean and deviation that pandas found when the scaler was made", async () => {
    const scaler = await readScaler(join(DEMO, "scaler.json"));
    const dataset = await readDataset(WEATHER);
    const { series, filled } = fillMissing(selectSeries(dataset, { scaler, width: 5 }), "interpolate");
    expect(filled).toBeGreaterThan(500);
    const scaled = scaleSeries(series, scaler); // [rows, features]
    for (let f = 0; f < 5; f++) {
      let sum = 0;
      let squares = 0;
      for (let row = 0; row < series.rows; row++) sum += scaled[row * 5 + f]!;
      for (let row = 0; row < series.rows; row++) squares += (scaled[row * 5 + f]! - sum / series.rows) ** 2;
      expect(Math.abs(sum / series.rows)).toBeLessThan(1e-9);
      expect(Math.abs(Math.sqrt(squares / series.rows) - 1)).toBeLessThan(1e-9);
    }
  });
});
