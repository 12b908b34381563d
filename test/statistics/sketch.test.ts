import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "../../src/statistics/byte-stream.js";
import { quantilesOf } from "../../src/statistics/finish/quantiles.js";
import { Sketch } from "../../src/statistics/sketch.js";
import { normal } from "../helpers/random-numbers.js";

const LEVELS = [0, 0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999, 1];

function sketchOf(values: Float64Array): Sketch {
  const sketch = new Sketch();
  sketch.add(new Int32Array(values.buffer), 0, values.length);
  return sketch;
}

/** NumPy's default: between the two nearest values. */
function exact(values: Float64Array, level: number): { low: number; high: number; value: number } {
  const sorted = values.slice().sort();
  const rank = level * (values.length - 1);
  const low = sorted[Math.floor(rank)]!;
  const high = sorted[Math.ceil(rank)]!;
  return { low, high, value: low + (rank - Math.floor(rank)) * (high - low) };
}

function expectAccurate(sketches: readonly Sketch[], values: Float64Array): void {
  const [min, max] = [Math.min(...values), Math.max(...values)];
  for (const [i, value] of quantilesOf(sketches, LEVELS, min, max).entries()) {
    const { low, high, value: truth } = exact(values, LEVELS[i]!);
    expect(Math.abs(value - truth)).toBeLessThanOrEqual(0.01 * Math.max(Math.abs(low), Math.abs(high)));
  }
}

const draw = normal(5);
const SAMPLES: Record<string, Float64Array> = {
  "both signs": Float64Array.from({ length: 5000 }, () => draw()),
  "sixteen decades": Float64Array.from({ length: 5000 }, () => 10 ** (2 * draw()) * Math.sign(draw())),
  "mostly zeros": Float64Array.from({ length: 5000 }, () => Math.max(0, draw() - 1)),
  "negative zeros and denormal float32": Float64Array.from(
    { length: 500 },
    (_, i) => [-0, 1e-40, -1e-42, 3e-39][i % 4]!,
  ),
  "one value many times": new Float64Array(1000).fill(-3.25),
  "the first and last bucket of an octave, of either sign": Float64Array.of(
    1,
    1.999,
    3.999,
    -1,
    -1.999,
    -3.999,
  ),
  "a single value": Float64Array.of(0.1),
  "huge values": Float64Array.of(1e300, -1e300, 1.7e308, 5e290, -5e290),
};

describe("the sketch", () => {
  it.each(Object.keys(SAMPLES))("answers quantiles within 1 % of the values: %s", (name) => {
    const values = SAMPLES[name]!;
    expectAccurate([sketchOf(values)], values);
  });

  it.each(Object.keys(SAMPLES))(
    "merged from pieces, in any order, is the sketch of the whole: %s",
    (name) => {
      const values = SAMPLES[name]!;
      const pieces = [0, 1, 2].map((piece) => sketchOf(values.filter((_, i) => i % 3 === piece)));
      const forward = new Sketch();
      const backward = new Sketch();
      for (const piece of pieces) forward.merge(piece);
      for (const piece of pieces.toReversed()) backward.merge(piece);
      expect(bytesOf(forward)).toEqual(bytesOf(sketchOf(values)));
      expect(bytesOf(backward)).toEqual(bytesOf(sketchOf(values)));
      expectAccurate(pieces, values);
    },
  );

  it("is read back as it was written", () => {
    for (const values of Object.values(SAMPLES)) {
      const sketch = sketchOf(values);
      const again = new Sketch();
      const reader = new ByteReader(bytesOf(sketch));
      again.read(reader);
      reader.end();
      expect(again).toEqual(sketch);
    }
  });

  it("stays within 8,192 buckets, and accurate within 64 octaves of the largest value, whatever it is fed", () => {
    const values = Float64Array.from(
      { length: 4000 },
      (_, i) => 2 ** (i / 2 - 1000) * (i % 2 === 0 ? 1 : -1),
    );
    const sketch = sketchOf(values);
    expect(sketch.counts.length).toBeLessThanOrEqual(8192);
    expect(sketch.counts.reduce((sum, count) => sum + count, 0)).toBe(4000);
    // The largest magnitude lies in the octave of 2⁹⁹⁹: that and the 63 below are kept, with one value of either sign each.
    const least = 2 ** (999 - 63);
    const ranks = Array.from(values.keys());
    const truth = values.slice().sort();
    const estimates = quantilesOf(
      [sketch],
      ranks.map((rank) => rank / 3999),
      truth[0]!,
      truth[3999]!,
    );
    const errors = ranks.map((rank) => Math.abs(estimates[rank]! - truth[rank]!) / Math.abs(truth[rank]!));
    const kept = ranks.filter((rank) => Math.abs(truth[rank]!) >= least);
    expect(kept).toHaveLength(2 * 64);
    // A level in float64 may miss its rank by a hair, and then lies between it and the next value, a factor of 2 away.
    expect(Math.max(...kept.map((rank) => errors[rank]!))).toBeLessThan(0.01);
    // The rest is counted in the lowest bucket of its sign: too large, but no larger than what is kept.
    for (const rank of ranks)
      if (Math.abs(truth[rank]!) < least) expect(Math.abs(estimates[rank]!)).toBeLessThan(1.01 * least);
  });

  it("of nothing has no quantiles", () => {
    expect(quantilesOf([new Sketch()], [0.5], Infinity, -Infinity)).toEqual([Number.NaN]);
  });
});

function bytesOf(sketch: Sketch): Uint8Array {
  const writer = new ByteWriter();
  sketch.write(writer);
  return writer.bytes();
}
