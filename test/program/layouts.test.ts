import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { layoutsHeaders } from "../../native/generate-layouts.mjs";
import { Constants, encodeFields } from "../../src/program/encode-fields.js";
import { OPERATIONS } from "../../src/program/operation-layouts.js";
import { LAYOUTS } from "../../src/program/program-layouts.js";

test("the kernel's headers are what the tables give", () => {
  for (const [name, text] of Object.entries(layoutsHeaders(LAYOUTS))) {
    expect(readFileSync(`native/${name}`, "utf8"), `run node native/generate-layouts.mjs`).toBe(text);
  }
});

test("a record's words stand in the layout's order, whatever the values' order, with a list behind its count", () => {
  const constants = new Constants();
  constants.add(Float64Array.of(7));
  const terms = [
    { factor: 0.5, x: { at: 30, n: 4 } },
    { x: { at: 40, n: 4 }, factor: 7 },
  ];
  const { fields } = OPERATIONS.combine;
  const words = encodeFields(fields, { terms, accumulate: true, y: { at: 20, n: 4 } }, constants);
  expect(words).toEqual([20, 4, 1, 2, 30, 1, 40, 0]);
  expect([...constants.take()]).toEqual([7, 0.5]);
});

test("a record with a field forgotten, or a value that no word holds, is refused", () => {
  const { fields } = OPERATIONS.multiply;
  const range = { at: 0, n: 4 };
  const whole = { y: range, a: range, b: range, accumulate: false };
  // @ts-expect-error a field is missing
  expect(() => encodeFields(fields, { y: range, a: range, accumulate: false }, new Constants())).toThrow(
    "without its field b",
  );
  const far = { ...whole, b: { at: 2 ** 31, n: 4 } };
  expect(() => encodeFields(fields, far, new Constants())).toThrow("a word of 2147483648");
});

test("a list is a record's last field, as it stands behind it", () => {
  for (const [name, { fields }] of Object.entries(OPERATIONS)) {
    const lists = Object.values(fields).map(([kind]) => kind === "list");
    expect(lists.slice(0, -1), name).not.toContain(true);
  }
});
