import { describe, expect, it } from "vitest";
import { planWindows } from "../../../src/producer/plan/plan-windows.js";
import { parseWindows } from "../../../src/shared/options/parse-windows.js";
import { rowsOf, type WindowPlan, windowsOf } from "../../../src/shared/plan.js";
import type { Series } from "../../../src/shared/series.js";

/** A series of one feature; NaN where `gaps` says. */
function series(rows: number, options: { gaps?: number[]; group?: string[]; next?: number[] } = {}): Series {
  const values = Float64Array.from({ length: rows }, (_, row) =>
    options.gaps?.includes(row) ? Number.NaN : row,
  );
  const extra = new Map(options.next === undefined ? [] : [["y", Float64Array.from(options.next)]]);
  return { name: "s.csv", columns: ["x"], values, rows, time: null, group: options.group ?? null, extra };
}

const all = (plan: WindowPlan) => [...windowsOf(plan, { from: 0, count: plan.count })];
const firstRows = (plan: WindowPlan) => [...rowsOf(plan, windowsOf(plan, { from: 0, count: plan.count }))];

describe("planWindows", () => {
  it("plans ⌊(N − T)/stride⌋ + 1 windows", () => {
    const plan = planWindows(series(38265), { steps: 20 });
    expect(plan).toEqual({
      steps: 20,
      stride: 1,
      total: 38246,
      skipped: 0,
      count: 38246,
      segments: [{ first: 0, count: 38246 }],
      blocks: [{ firstWindow: 0, firstRow: 0 }],
    });
    expect(planWindows(series(20), { steps: 20 }).count).toBe(1);
    const strided = planWindows(series(11), { steps: 4, stride: 3 });
    expect(strided.total).toBe(3);
    expect(firstRows(strided)).toEqual([0, 3, 6]);
  });

  it("leaves out and counts the windows with an empty cell", () => {
    const plan = planWindows(series(10, { gaps: [4] }), { steps: 3 });
    expect(plan).toMatchObject({
      total: 8,
      skipped: 3,
      count: 5,
      segments: [
        { first: 0, count: 2 },
        { first: 5, count: 3 },
      ],
    });
    const strided = planWindows(series(10, { gaps: [3, 7] }), { steps: 2, stride: 2 });
    expect(all(strided)).toEqual([0, 2, 4]);
    expect(strided.skipped).toBe(2);
  });

  it("plans the windows that are named, without those of an empty cell", () => {
    const plan = planWindows(series(100, { gaps: [31] }), { steps: 5, windows: parseWindows("50,0,20:30") });
    expect(all(plan)).toEqual([0, 20, 21, 22, 23, 24, 25, 26, 50]);
    expect(plan).toMatchObject({ total: 96, skipped: 3, count: 9 });
  });

  it("refuses a named window that the series does not have", () => {
    const plan = (text: string) => () => planWindows(series(24), { steps: 5, windows: parseWindows(text) });
    expect(plan("0:20")).not.toThrow();
    expect(plan("20")).toThrow("--windows: there is no window 20; the series has the windows 0 to 19");
    expect(plan("0:25")).toThrow("there is no window 20");
    expect(plan("999999999999")).toThrow("there is no window 999999999999");
  });

  it("lets no window cross a group, and numbers the windows through the groups", () => {
    const group = [..."aaaaabbcccc"];
    const plan = planWindows(series(11, { group }), { steps: 3 });
    expect(plan.total).toBe(3 + 0 + 2);
    expect(all(plan)).toEqual([0, 1, 2, 3, 4]);
    expect(firstRows(plan)).toEqual([0, 1, 2, 7, 8]);
    expect(plan.blocks).toEqual([
      { firstWindow: 0, firstRow: 0 },
      { firstWindow: 3, firstRow: 7 },
    ]);
    const strided = planWindows(series(11, { group }), { steps: 2, stride: 2 });
    expect(firstRows(strided)).toEqual([0, 2, 5, 7, 9]);
  });

  it("needs the row after a window, of the same group and not empty, for a target at that row", () => {
    const next = [0, 1, 2, 3, Number.NaN, 5, 6, 7];
    const plan = planWindows(series(8, { next }), { steps: 2, needsNext: "y" });
    expect(all(plan)).toEqual([0, 1, 3, 4, 5]);
    expect(plan).toMatchObject({ total: 7, skipped: 2 });
    const group = [..."aaaabbbb"];
    const grouped = planWindows(series(8, { next, group }), { steps: 2, needsNext: "y" });
    expect(firstRows(grouped)).toEqual([0, 1, 4, 5]);
  });

  it("refuses a series, or groups, of fewer rows than the window", () => {
    expect(() => planWindows(series(12), { steps: 20 })).toThrow(
      "s.csv has 12 rows of data, fewer than the 20 of the model's window; give a longer series",
    );
    expect(() => planWindows(series(4, { group: [..."aabb"] }), { steps: 3 })).toThrow(
      "s.csv has no group of at least 3 rows",
    );
  });

  it("refuses a plan without windows, naming a column that is all empty", () => {
    expect(() => planWindows(series(4, { gaps: [1, 2] }), { steps: 2 })).toThrow(
      "s.csv: each of the 3 windows has an empty cell, so none is left; try --missing interpolate",
    );
    expect(() => planWindows(series(2, { gaps: [0, 1] }), { steps: 2 })).toThrow("column x holds no value");
    expect(() => planWindows(series(2, { next: [1, 2] }), { steps: 2, needsNext: "y" })).toThrow(
      "no y in the row after it",
    );
  });

  it("gives chunks of positions their windows, however the plan is broken up", () => {
    const gaps = [5, 6, 30, 31, 32, 60];
    const group = Array.from({ length: 80 }, (_, row) => (row < 27 ? "a" : row < 29 ? "b" : "c"));
    const plan = planWindows(series(80, { gaps, group }), { steps: 4, stride: 2 });
    const whole = all(plan);
    expect(whole.length).toBe(plan.count);
    for (let from = 0; from < plan.count; from += 7) {
      const count = Math.min(7, plan.count - from);
      expect([...windowsOf(plan, { from, count })]).toEqual(whole.slice(from, from + count));
    }
    expect(() => windowsOf(plan, { from: plan.count - 1, count: 2 })).toThrow(RangeError);
    for (const row of firstRows(plan)) {
      expect(new Set(group.slice(row, row + 4)).size).toBe(1);
      expect(gaps.some((gap) => gap >= row && gap < row + 4)).toBe(false);
    }
    expect([...rowsOf(plan, Int32Array.of(whole.at(-1)!, 0))]).toEqual([firstRows(plan).at(-1), 0]);
  });
});
