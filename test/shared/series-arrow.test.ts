import { tableFromIPC } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { NO_TIME, type Scaler, type Series } from "../../src/shared/series.js";
import { decodeSeries, encodeSeries } from "../../src/shared/series-arrow.js";

const SERIES: Series = {
  name: "weather.xlsx",
  columns: ["a", "b"],
  values: Float64Array.of(1, Number.NaN, 0.1, -0, 5, 6),
  rows: 3,
  time: { column: "when", unit: "us", values: BigInt64Array.of(1n, NO_TIME, 3n) },
  group: ["x", "ü", "x"],
  extra: new Map([
    ["a", Float64Array.of(7, 8, 9)],
    ["time", Float64Array.of(1, 2, Number.NaN)],
  ]),
};
const SCALER: Scaler = {
  kind: "minmax",
  columns: ["a", "b"],
  shift: Float64Array.of(0.1, 0.2),
  scale: Float64Array.of(3, 1e-300),
};
const scaled = SERIES.values.map((value) => value / 3);

describe("a run's copy of the series", () => {
  it("comes back as it went, from bytes at any offset", () => {
    const stored = { series: SERIES, scaler: SCALER, scaled };
    const bytes = encodeSeries(stored);
    expect(decodeSeries(bytes)).toEqual(stored);
    for (const offset of [1, 8, 12]) {
      const moved = new Uint8Array(bytes.length + offset);
      moved.set(bytes, offset);
      expect(decodeSeries(moved.subarray(offset))).toEqual(stored);
    }
  });

  it("may have neither scaler, times, groups nor further columns", () => {
    const series = { ...SERIES, time: null, group: null, extra: new Map() };
    const back = decodeSeries(encodeSeries({ series, scaler: null, scaled: series.values }));
    expect(back).toEqual({ series, scaler: null, scaled: series.values });
    expect(back.scaled).toBe(back.series.values);
  });

  it("is the same bytes for the same series", () => {
    const stored = { series: SERIES, scaler: SCALER, scaled };
    expect(encodeSeries(stored)).toEqual(
      encodeSeries({ ...stored, series: { ...SERIES, values: SERIES.values.slice() } }),
    );
  });

  it("is a plain Arrow table with nulls for empty times", () => {
    const table = tableFromIPC(encodeSeries({ series: SERIES, scaler: SCALER, scaled }));
    expect(table.schema.fields.map(({ name }) => name)).toEqual([
      "values",
      "scaled",
      "time",
      "group",
      "extra:a",
      "extra:time",
    ]);
    expect(table.getChild("time")?.nullCount).toBe(1);
    expect(table.getChild("group")?.toArray()).toEqual(["x", "ü", "x"]);
    expect([...(table.getChild("values")?.get(2) ?? [])]).toEqual([5, 6]);
  });

  it("is refused where its bytes are damaged", () => {
    const bytes = encodeSeries({ series: SERIES, scaler: SCALER, scaled });
    expect(() => decodeSeries(bytes.subarray(0, 200))).toThrow("the run's copy of the series is damaged");
    expect(() => decodeSeries(Buffer.from("no Arrow file"))).toThrow(
      "the run's copy of the series is damaged",
    );
  });
});
