import { describe, expect, it } from "vitest";
import { parseNumber } from "../../src/producer/parse-number.js";

const parse = (text: string) => parseNumber(Buffer.from(`<${text}>`), 1, text.length + 1);

describe("the number parser", () => {
  it("gives the float64 that Number() gives, for 100,000 numbers of every length and size", () => {
    const bits = new BigUint64Array(1);
    const float = new Float64Array(bits.buffer);
    let state = 88172645463325252n;
    for (let i = 0; i < 100_000; i++) {
      state ^= (state << 13n) & 0xffffffffffffffffn; // xorshift64
      state ^= state >> 7n;
      state ^= (state << 17n) & 0xffffffffffffffffn;
      bits[0] = state;
      let value = float[0]!;
      if (!Number.isFinite(value)) continue;
      if (i % 2 === 0) value = Number(((Number(state % 2_000_001n) - 1_000_000) / 1000).toFixed(i % 8));
      for (const text of [String(value), value.toExponential(), value.toPrecision(17)])
        if (!Object.is(parse(text), Number(text))) expect([text, parse(text)]).toEqual([text, Number(text)]);
    }
    expect(parse("0.1")).toBe(0.1);
  });

  it.each([
    "0",
    "-0",
    "+1",
    ".5",
    "5.",
    "1e5",
    "1E+05",
    "1e-5",
    "9007199254740993",
    "123456789012345678901234567890",
    "1e22",
    "1e23",
    "4.9e-324",
    "0e999999999",
  ])("reads %s", (text) => {
    expect(parse(text)).toBe(Number(text));
  });

  it.each([
    "",
    "-",
    ".",
    "e5",
    "1e",
    "1e+",
    "1.2.3",
    "0x10",
    "1 2",
    "abc",
    "1,5",
    "Infinity",
    "--1",
    "1e5.5",
  ])("takes %j for no number", (text) => {
    expect(parse(text)).toBeNaN();
  });

  it("gives infinity for what is too large", () => {
    expect(parse("1e999")).toBe(Number.POSITIVE_INFINITY);
    expect(parse("-1e99999999999")).toBe(Number.NEGATIVE_INFINITY);
  });
});
