/** Writes numbers into bytes that grow; little-endian, typed arrays aligned to 8. */
export class ByteWriter {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;

  varint(value: number): void {
    this.#reserve(8);
    while (value >= 0x80) {
      this.#bytes[this.#length++] = (value % 0x80) | 0x80;
      value = Math.floor(value / 0x80);
    }
    this.#bytes[this.#length++] = value;
  }

  /** UTF-8, its length in bytes before it. */
  text(value: string): void {
    const bytes = Buffer.from(value, "utf8");
    this.varint(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  array(values: Float64Array | BigInt64Array): void {
    this.#reserve(values.byteLength + 8);
    this.#length = align(this.#length);
    this.#bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), this.#length);
    this.#length += values.byteLength;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + more));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

/** Reads back what ByteWriter wrote; throws a RangeError past the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  varint(): number {
    for (let value = 0, scale = 1; ; scale *= 0x80) {
      if (this.#at >= this.#bytes.length || scale > 2 ** 49) throw new RangeError("a number is cut off");
      const byte = this.#bytes[this.#at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  text(): string {
    const length = this.varint();
    if (this.#at + length > this.#bytes.length) throw new RangeError("a text is cut off");
    this.#at += length;
    return Buffer.from(this.#bytes.subarray(this.#at - length, this.#at)).toString("utf8");
  }

  /** Fills the array. */
  array(values: Float64Array | BigInt64Array): void {
    this.#at = align(this.#at);
    const end = this.#at + values.byteLength;
    if (end > this.#bytes.length) throw new RangeError("an array is cut off");
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength).set(
      this.#bytes.subarray(this.#at, end),
    );
    this.#at = end;
  }

  /** Throws unless all was read. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new RangeError("there are bytes past the end");
  }
}

function align(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}
