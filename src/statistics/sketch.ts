import type { ByteReader, ByteWriter } from "./byte-stream.js";

const MANTISSA_SHIFT = 14; // of the 20 mantissa bits in a float64's upper word, six stay
const OCTAVE = 64; // buckets of an octave
const MOST_OCTAVES = 64; // nineteen decades
const BUCKETS = 2 ** 17; // of either sign

/**
 * A mergeable quantile sketch: DDSketch (Masson, Rim & Lee, VLDB 2019) with the linearly interpolated mapping.
 * A value's bucket is the exponent and the first six bits of the mantissa of its float64, that is 64 equal parts
 * of each octave, so finding it is a shift of the number's upper word. A bucket [a, b) answers with 2ab/(a + b),
 * off by at most (b − a)/(a + b) ≤ 1/129 < 0.8 % of any value in it. Zeros (and what is below 2⁻¹⁰²²) are counted
 * apart. The highest 64 octaves are kept, 32 KiB at most: smaller magnitudes are counted in the lowest bucket, and
 * which one that is depends on the largest magnitude alone, so merging in any order gives the same sketch.
 */
export class Sketch {
  zeros = 0;
  low = 0; // the first bucket counted
  width = 0; // buckets counted of either sign
  counts = new Uint32Array(0); // [positive then negative, width]

  /** Adds the values from … from + count − 1 of an array of float64, given as its 32-bit words. All are finite. */
  add(words: Int32Array, from: number, count: number): void {
    let { low, width, counts } = this;
    for (let i = 2 * from + 1, end = 2 * (from + count); i < end; i += 2) {
      const upper = words[i]!;
      const bucket = (upper & 0x7fffffff) >>> MANTISSA_SHIFT;
      if (bucket === 0) {
        this.zeros += 1;
        continue;
      }
      const slot = bucket - low;
      if (slot >= 0 && slot < width) {
        counts[slot + width * (upper >>> 31)]! += 1;
      } else {
        this.count(bucket, upper >>> 31, 1);
        ({ low, width, counts } = this);
      }
    }
  }

  /** Counts `times` values of a bucket; negative is 1 for negative ones, else 0. */
  count(bucket: number, negative: number, times: number): void {
    this.#cover(bucket, bucket + 1);
    this.counts[Math.max(0, bucket - this.low) + this.width * negative]! += times;
  }

  merge(other: Sketch): void {
    this.zeros += other.zeros;
    if (other.width > 0) this.#cover(other.low, other.low + other.width);
    this.#addCounts(other);
  }

  /** Zeros, the octaves counted, then for either sign runs of (buckets skipped, count). */
  write(to: ByteWriter): void {
    to.varint(this.zeros);
    to.varint(this.low / OCTAVE);
    to.varint(this.width / OCTAVE);
    for (let negative = 0; negative < 2; negative++) {
      const end = this.width * (negative + 1);
      let next = this.width * negative;
      for (let slot = next; slot < end; slot++) {
        if (this.counts[slot] === 0) continue;
        to.varint(slot - next);
        to.varint(this.counts[slot]!);
        next = slot + 1;
      }
      to.varint(end - next); // a skip to the end of the sign
    }
  }

  read(from: ByteReader): void {
    this.zeros = from.varint();
    this.low = from.varint() * OCTAVE;
    this.width = from.varint() * OCTAVE;
    if (this.width > MOST_OCTAVES * OCTAVE || this.low + this.width > BUCKETS) {
      throw new RangeError("a sketch has buckets that there are not");
    }
    this.counts = new Uint32Array(2 * this.width);
    for (let negative = 0; negative < 2; negative++) {
      const end = this.width * (negative + 1);
      for (let slot = this.width * negative + from.varint(); slot < end; slot += 1 + from.varint()) {
        this.counts[slot] = from.varint();
      }
    }
  }

  /** Makes room for the buckets from … to − 1, by whole octaves, as far as the limit allows. */
  #cover(from: number, to: number): void {
    const held = this.width > 0;
    const high = Math.ceil((held ? Math.max(to, this.low + this.width) : to) / OCTAVE) * OCTAVE;
    const wanted = Math.floor((held ? Math.min(from, this.low) : from) / OCTAVE) * OCTAVE;
    const low = Math.max(wanted, high - MOST_OCTAVES * OCTAVE);
    if (held && low === this.low && high === low + this.width) return;
    const before = { low: this.low, width: this.width, counts: this.counts };
    this.low = low;
    this.width = high - low;
    this.counts = new Uint32Array(2 * this.width);
    this.#addCounts(before);
  }

  #addCounts({ low, width, counts }: Pick<Sketch, "low" | "width" | "counts">): void {
    for (let i = 0; i < counts.length; i++) {
      const times = counts[i]!;
      if (times === 0) continue;
      const negative = i < width ? 0 : 1;
      const slot = Math.max(0, low + i - width * negative - this.low);
      this.counts[slot + this.width * negative]! += times;
    }
  }
}

const scratch = new DataView(new ArrayBuffer(8));

/** The magnitude that stands for all of a bucket. */
export function bucketValue(bucket: number): number {
  const low = edge(bucket);
  const high = edge(bucket + 1);
  return Number.isFinite(high) ? low * (2 / (1 + low / high)) : low; // 2ab/(a + b), which might overflow
}

function edge(bucket: number): number {
  scratch.setUint32(0, bucket << MANTISSA_SHIFT);
  scratch.setUint32(4, 0);
  return scratch.getFloat64(0);
}
