const EXACT_POWER = 22; // 10^22 is the largest power of ten that a float64 holds exactly
const POWERS = Float64Array.from({ length: EXACT_POWER + 1 }, (_, i) => Number(`1e${i}`));

/**
 * The float64 nearest to the decimal number written in ASCII in bytes[from, to), or NaN where that is none;
 * infinite where the number is too large. Most numbers of a spreadsheet have few digits, and for them one
 * multiplication or division of exact operands is correctly rounded (Clinger, "How to read floating point
 * numbers accurately", 1990); the others go through Number().
 */
export function parseNumber(bytes: Buffer, from: number, to: number): number {
  let at = from;
  const first = bytes[at];
  const negative = first === 0x2d;
  if (negative || first === 0x2b) at++;
  let mantissa = 0;
  let digits = 0;
  let fraction = 0;
  let byte = 0;
  for (; at < to; at++, digits++) {
    byte = bytes[at]!;
    if (byte < 0x30 || byte > 0x39) break;
    mantissa = mantissa * 10 + (byte - 0x30);
  }
  if (at < to && byte === 0x2e) {
    const point = ++at;
    for (; at < to; at++) {
      byte = bytes[at]!;
      if (byte < 0x30 || byte > 0x39) break;
      mantissa = mantissa * 10 + (byte - 0x30);
    }
    fraction = at - point;
    digits += fraction;
  }
  if (digits === 0) return Number.NaN;
  let exponent = 0;
  if (at < to) {
    if (byte !== 0x65 && byte !== 0x45) return Number.NaN;
    at++;
    const sign = bytes[at];
    if (sign === 0x2d || sign === 0x2b) at++;
    if (at >= to) return Number.NaN;
    for (; at < to; at++) {
      byte = bytes[at]!;
      if (byte < 0x30 || byte > 0x39) return Number.NaN;
      exponent = Math.min(exponent * 10 + (byte - 0x30), 99999);
    }
    if (sign === 0x2d) exponent = -exponent;
  }
  const power = exponent - fraction;
  if (mantissa <= Number.MAX_SAFE_INTEGER && power >= -EXACT_POWER && power <= EXACT_POWER) {
    const value = power < 0 ? mantissa / POWERS[-power]! : mantissa * POWERS[power]!;
    return negative ? -value : value;
  }
  return Number(bytes.toString("latin1", from, to));
}
