import { describe, expect, it } from "vitest";
import { PermanentError } from "../../src/shared/errors.js";
import { encodePart } from "../../src/shared/jacobian-arrow.js";
import { chunkAt } from "../../src/shared/run-spec.js";
import { decodePartial, encodePartial } from "../../src/statistics/encode-partial.js";
import { mergePartials } from "../../src/statistics/merge-partials.js";
import { arraysOf, emptyPartial, type PartialStatistics } from "../../src/statistics/partial.js";
import { partialOfChunk } from "../../src/statistics/partial-of-chunk.js";
import { partialOfPart } from "../../src/statistics/partial-of-part.js";
import { planStatistics } from "../../src/statistics/plan-statistics.js";
import { type SyntheticOptions, type SyntheticRun, syntheticRun } from "../helpers/synthetic-run.js";

const OPTIONS: SyntheticOptions = {
  windows: 2500,
  steps: 4,
  columns: ["a", "b", "c"],
  targets: [
    { name: "y", m: 2 },
    { name: "z", m: 1 },
  ],
  chunkSize: 700,
  segments: [
    { first: 10, count: 900 },
    { first: 1200, count: 1100 },
  ],
};

function partials(run: SyntheticRun): PartialStatistics[] {
  return Array.from({ length: run.spec.chunks }, (_, index) => {
    const part = run.part(index);
    const inputs = { rows: run.scaled, starts: Int32Array.from(part.row, Number) };
    return partialOfChunk(part, inputs, run.spec, chunkAt(run.spec, index));
  });
}

function merged(run: SyntheticRun): PartialStatistics {
  return partials(run).reduce(mergePartials, emptyPartial(planStatistics(run.spec)));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Every number of a partial, as one array. */
function numbersOf(partial: PartialStatistics): number[] {
  return arraysOf(partial).flatMap((array) => Array.from(array, Number));
}

describe("partial statistics", () => {
  it("do not depend on how the run is cut into chunks, beyond rounding", () => {
    const whole = merged(syntheticRun({ ...OPTIONS, chunkSize: 2000 }));
    for (const chunkSize of [7, 700, 1999]) {
      const cut = merged(syntheticRun({ ...OPTIONS, chunkSize }));
      const expected = numbersOf(whole);
      const worst = numbersOf(cut).reduce((most, value, i) => {
        const gap = Math.abs(value - expected[i]!) / Math.max(1e-3, Math.abs(expected[i]!));
        return value === expected[i] ? most : Math.max(most, gap);
      }, 0);
      expect(worst).toBeLessThan(1e-9);
      for (const [t, target] of cut.targets.entries()) {
        const counts = (partial: PartialStatistics) =>
          partial.targets[t]!.sketches.map(({ low, counts }) => [low, ...counts].join());
        expect(counts(cut)).toEqual(counts(whole));
        expect(target.largest).toEqual(whole.targets[t]!.largest);
      }
    }
  });

  it("are the same bytes however often they are computed, and are read back as they were", () => {
    const run = syntheticRun(OPTIONS);
    const again = partials(run);
    for (const [index, partial] of partials(run).entries()) {
      const bytes = encodePartial(partial);
      expect(sameBytes(bytes, encodePartial(again[index]!))).toBe(true);
      const decoded = decodePartial(bytes, planStatistics(run.spec));
      expect(numbersOf(decoded)).toStrictEqual(numbersOf(partial));
      expect(sameBytes(encodePartial(decoded), bytes)).toBe(true);
    }
  });

  it("are computed again from a committed part to the same bytes", () => {
    for (const precision of ["float32", "float64"] as const) {
      const run = syntheticRun({ ...OPTIONS, precision });
      const again = partialOfPart(encodePart(run.part(1)), run.scaled, run.spec, chunkAt(run.spec, 1));
      expect(sameBytes(encodePartial(again), encodePartial(partials(run)[1]!))).toBe(true);
    }
  });

  it("that are damaged, or of another run, are refused", () => {
    const run = syntheticRun(OPTIONS);
    const plan = planStatistics(run.spec);
    const bytes = encodePartial(partials(run)[0]!);
    const flipped = bytes.slice();
    flipped[1000]! ^= 1;
    for (const damaged of [flipped, bytes.subarray(0, 5000), new Uint8Array(0)]) {
      expect(() => decodePartial(damaged, plan)).toThrow(PermanentError);
    }
    expect(() => decodePartial(bytes, { ...plan, windows: 99 })).toThrow(/another run/);
    const other = syntheticRun({ ...OPTIONS, columns: ["a", "b"] });
    expect(() =>
      partialOfPart(encodePart(other.part(0)), run.scaled, run.spec, chunkAt(run.spec, 0)),
    ).toThrow(PermanentError);
  });

  it("leave out whole gradients with NaN or infinity, and count them", () => {
    const holes = (w: number, k: number, t: number, f: number) =>
      w === 50 && k === 1 && f === 2
        ? Number.NaN
        : w === 60 && t === 0 && f === 0
          ? Number.NEGATIVE_INFINITY
          : w + f;
    const { targets } = merged(syntheticRun({ ...OPTIONS, value: holes }));
    expect(Array.from(targets[0]!.count)).toEqual([1999, 1998]);
    expect(Array.from(targets[0]!.leftOut)).toEqual([1, 2]);
    expect(targets[0]!.nonfinite.reduce((a, b) => a + b, 0)).toBe(2 + 4);
    expect(targets[0]!.mean.every(Number.isFinite) && targets[0]!.binSum.every(Number.isFinite)).toBe(true);
  });

  it("keep a standard deviation that is tiny beside the mean", () => {
    const offset = (w: number, _k: number, _t: number, f: number) => (f === 0 ? 0.1 : 1e6 + (w % 2) * 0.0625);
    const { targets } = merged(syntheticRun({ ...OPTIONS, value: offset, precision: "float64" }));
    const { m2, count } = targets[1]!;
    expect(Math.sqrt(m2[1]! / (count[0]! - 1))).toBeCloseTo(0.03125 * Math.sqrt(2000 / 1999), 12);
  });

  it("count each row of the inputs once, whatever windows overlap in it and wherever chunks end", () => {
    for (const stride of [1, 3, 9]) {
      const run = syntheticRun({ ...OPTIONS, stride, chunkSize: 37 });
      const covered = new Set<number>();
      for (let index = 0; index < run.spec.chunks; index++) {
        for (const row of run.part(index).row) for (let t = 0; t < 4; t++) covered.add(Number(row) + t);
      }
      const { rows, sd, range } = merged(run).inputs.finish();
      expect(rows).toBe(covered.size);
      for (let f = 0; f < 3; f++) {
        const values = Array.from(covered, (row) => run.scaled[row * 3 + f]!);
        const mean = values.reduce((a, b) => a + b) / values.length;
        const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1);
        expect(sd[f]).toBeCloseTo(Math.sqrt(variance), 12);
        expect(range[f]).toBe(Math.max(...values) - Math.min(...values));
      }
    }
  });

  it("are bounded by the sizes of the run's Jacobians, not by its windows", () => {
    const spec = syntheticRun(OPTIONS).spec;
    const sizes = (windows: number, steps: number, m: number) => {
      const plan = planStatistics({
        ...spec,
        plan: { ...spec.plan, count: windows },
        layout: { ...spec.layout, steps, targets: [{ ...spec.layout.targets[0]!, shape: [m], m }] },
      });
      const bytes = arraysOf(emptyPartial(plan)).reduce((sum, array) => sum + array.byteLength, 0);
      return { bytes, sketches: emptyPartial(plan).targets[0]!.sketches.length, plan };
    };
    expect(sizes(1e9, 20, 1).bytes).toBeLessThan(1.1 * sizes(1e5, 20, 1).bytes);
    const wide = sizes(1e6, 1000, 100); // 300,000 entries of a Jacobian
    expect(wide.bytes).toBeLessThan(200 * 2 ** 20);
    expect(wide.sketches).toBe(300);
    expect(wide.plan.targets[0]!.gram).toBe("feature");
  });
});
