// @ts-check
const MAGIC = 0x184d2204;

/**
 * Decompresses an LZ4 frame (github.com/lz4/lz4, doc/lz4_Frame_format.md), whose blocks may refer to those before
 * them; checksums are not verified. Throws an Error where it is damaged or gives more than `limit` bytes.
 * @param {Uint8Array} frame
 * @param {number} limit
 * @returns {Uint8Array}
 */
export function decompressLz4Frame(frame, limit) {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 7 || view.getUint32(0, true) !== MAGIC)
    throw new Error("an LZ4 frame does not begin as one");
  const flags = view.getUint8(4);
  const hasBlockChecksums = (flags & 0x10) !== 0;
  const hasSize = (flags & 0x08) !== 0 && frame.length >= 14;
  const hasDictionary = (flags & 0x01) !== 0;
  const out = new Output(hasSize ? Number(view.getBigUint64(6, true)) : frame.length * 4, limit);
  let at = 7 + (hasSize ? 8 : 0) + (hasDictionary ? 4 : 0);
  while (at + 4 <= frame.length) {
    const header = view.getUint32(at, true);
    at += 4;
    if (header === 0) return out.bytes(); // the end mark
    const length = header & 0x7fffffff;
    const block = frame.subarray(at, at + length);
    if (block.length < length) break;
    if (header >>> 31) out.append(block);
    else decompressBlock(block, out);
    at += length + (hasBlockChecksums ? 4 : 0);
  }
  throw new Error("an LZ4 frame is cut short");
}

/**
 * Sequences of literals and of a match with what was written before (doc/lz4_Block_format.md).
 * @param {Uint8Array} block
 * @param {Output} out
 */
function decompressBlock(block, out) {
  let at = 0;
  const next = () => {
    const byte = block[at++];
    if (byte === undefined) throw new Error("an LZ4 block is cut short");
    return byte;
  };
  /** @param {number} length */
  const extended = (length) => {
    let total = length;
    if (length === 15) {
      let byte = 255;
      while (byte === 255) {
        byte = next();
        total += byte;
      }
    }
    return total;
  };
  while (at < block.length) {
    const token = next();
    const literals = extended(token >> 4);
    if (at + literals > block.length) throw new Error("an LZ4 block is cut short");
    out.append(block.subarray(at, at + literals));
    at += literals;
    if (at === block.length) return; // the last sequence has no match
    const offset = next() | (next() << 8);
    out.repeat(offset, extended(token & 15) + 4);
  }
}

class Output {
  #limit;
  #buffer;
  #length = 0;

  /**
   * @param {number} expected
   * @param {number} limit
   */
  constructor(expected, limit) {
    this.#limit = limit;
    this.#buffer = new Uint8Array(Math.min(expected, limit));
  }

  /** @param {Uint8Array} bytes */
  append(bytes) {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /**
   * Repeats what stands `offset` bytes back; it may overlap what it writes.
   * @param {number} offset
   * @param {number} count
   */
  repeat(offset, count) {
    if (offset < 1 || offset > this.#length)
      throw new Error("an LZ4 match refers to before the frame's begin");
    this.#reserve(count);
    const buffer = this.#buffer;
    const length = this.#length;
    if (offset >= count) buffer.copyWithin(length, length - offset, length - offset + count);
    else for (let i = 0; i < count; i++) buffer[length + i] = buffer[length - offset + i] ?? 0;
    this.#length += count;
  }

  bytes() {
    return this.#buffer.subarray(0, this.#length);
  }

  /** @param {number} count */
  #reserve(count) {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    if (needed > this.#limit) throw new Error("its columns are too large when they are decompressed");
    const larger = new Uint8Array(Math.min(this.#limit, Math.max(needed, this.#buffer.length * 2)));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}
