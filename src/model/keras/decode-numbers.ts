import { UserError } from "../../shared/errors.js";

/** An array in an HDF5 file, as stored. */
export interface Hdf5Bytes {
  readonly shape: readonly number[];
  readonly kind: "int" | "uint" | "float" | "opaque" | "other";
  readonly size: number; // bytes of one number
  readonly littleEndian: boolean;
  readonly data: Uint8Array;
}

/** The numbers of an array, from the type they were stored in. Integers beyond 2⁵³ lose their last digits. */
export function decodeNumbers(path: string, { kind, size, littleEndian, data }: Hdf5Bytes): Float64Array {
  const read = READERS[`${kind}${8 * size}`];
  if (!read) {
    throw new UserError(`${path} holds no numbers that jac reads; save the model with float32 weights`);
  }
  if (data.length % size !== 0) {
    throw new UserError(`${path} ends within a number; the file is damaged: copy or save it again`);
  }
  const bytes = Uint8Array.from(data); // aligned
  if (kind === "float" && size === 4 && littleEndian)
    return Float64Array.from(new Float32Array(bytes.buffer));
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / size }, (_, i) => read(view, i * size, littleEndian));
}

type Reader = (view: DataView, at: number, littleEndian: boolean) => number;

const READERS: Readonly<Record<string, Reader>> = {
  float16,
  float32: (view, at, little) => view.getFloat32(at, little),
  float64: (view, at, little) => view.getFloat64(at, little),
  opaque16: bfloat16, // HDF5 has no such type, so it is written as two bytes
  int8: (view, at) => view.getInt8(at),
  uint8: (view, at) => view.getUint8(at),
  int32: (view, at, little) => view.getInt32(at, little),
  uint32: (view, at, little) => view.getUint32(at, little),
  int64: (view, at, little) => Number(view.getBigInt64(at, little)),
  uint64: (view, at, little) => Number(view.getBigUint64(at, little)),
};

function float16(view: DataView, at: number, little: boolean): number {
  const bits = view.getUint16(at, little);
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The upper half of a float32. */
function bfloat16(view: DataView, at: number, little: boolean): number {
  const word = new DataView(new ArrayBuffer(4));
  word.setUint16(0, view.getUint16(at, little));
  return word.getFloat32(0);
}
