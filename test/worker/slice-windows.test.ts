import { expect, test } from "vitest";
import type { WindowPlan } from "../../src/shared/plan.js";
import { NO_TIME } from "../../src/shared/series.js";
import type { StoredSeries } from "../../src/shared/series-arrow.js";
import { sliceWindows } from "../../src/worker/slice-windows.js";

const ROWS = 12;

/** Two groups, rows 0 … 5 and 6 … 11; the rows' values are their numbers, in tens in the second column. */
function stored(over: Partial<StoredSeries> = {}): StoredSeries {
  const values = Float64Array.from({ length: ROWS * 2 }, (_, i) => (i % 2 === 0 ? i / 2 : 5 * (i - 1)));
  const series = {
    name: "s",
    columns: ["a", "b"],
    values,
    rows: ROWS,
    time: {
      column: "t",
      unit: "ms" as const,
      values: BigInt64Array.from({ length: ROWS }, (_, row) => (row === 4 ? NO_TIME : BigInt(1000 * row))),
    },
    group: Array.from({ length: ROWS }, (_, row) => (row < 6 ? "north" : "south")),
    extra: new Map([["y", Float64Array.from({ length: ROWS }, (_, row) => 100 + row)]]),
  };
  return { series, scaler: null, scaled: values, ...over };
}

/** Windows of 3 rows, by 2: windows 0, 1 in the first group, 2, 3 in the second; window 1 is left out. */
const plan: WindowPlan = {
  steps: 3,
  stride: 2,
  total: 4,
  skipped: 1,
  segments: [
    { first: 0, count: 1 },
    { first: 2, count: 2 },
  ],
  count: 3,
  blocks: [
    { firstWindow: 0, firstRow: 0 },
    { firstWindow: 2, firstRow: 6 },
  ],
};

test("a chunk's windows are those at its positions, over gaps and groups, on the series' own rows", () => {
  const series = stored();
  const { batch, window, row, group } = sliceWindows(series, plan, { index: 0, from: 0, count: 3 }, null);
  expect([...window]).toEqual([0n, 2n, 3n]);
  expect([...row]).toEqual([0n, 6n, 8n]);
  expect([...batch.starts]).toEqual([0, 6, 8]);
  expect(group).toEqual(["north", "south", "south"]);
  expect(batch.rows).toBe(series.scaled);
  expect(batch.aux).toBeNull();
  const second = sliceWindows(series, plan, { index: 1, from: 1, count: 1 }, null);
  expect([...second.window]).toEqual([2n]);
});

test("a window's time is that of its last row, and none where that row has none", () => {
  const { time } = sliceWindows(stored(), plan, { index: 0, from: 0, count: 3 }, null);
  expect(time).toEqual({ unit: "ms", values: BigInt64Array.of(2000n, 8000n, 10_000n) });
  const shifted = { ...plan, steps: 5 };
  const { time: missing } = sliceWindows(stored(), shifted, { index: 0, from: 0, count: 1 }, null);
  expect(missing?.values).toEqual(BigInt64Array.of(NO_TIME));
});

test("the compared column is taken at the row after each window, scaled where the scaler knows it", () => {
  const chunk = { index: 0, from: 0, count: 3 };
  expect(sliceWindows(stored(), plan, chunk, "y").batch.aux).toEqual(Float64Array.of(103, 109, 111));
  const scaler = {
    kind: "standard" as const,
    columns: ["a", "y"],
    shift: Float64Array.of(0, 100),
    scale: Float64Array.of(1, 2),
  };
  const scaled = sliceWindows(stored({ scaler }), plan, chunk, "y").batch.aux;
  expect(scaled).toEqual(Float64Array.of(1.5, 4.5, 5.5));
});

test("a column that the series was stored without is a fault, not zeros", () => {
  expect(() => sliceWindows(stored(), plan, { index: 0, from: 0, count: 1 }, "z")).toThrow(
    /without the column z/,
  );
});
