import { expect, it } from "vitest";
import { parseNames } from "../../../src/shared/options/parse-names.js";

it("reads names parted by commas, with the spaces around them left out", () => {
  expect(parseNames("a")).toEqual(["a"]);
  expect(parseNames(" a, wind speed ,c")).toEqual(["a", "wind speed", "c"]);
});

it("takes a name in double quotes as it is, whatever stands before them", () => {
  expect(parseNames('a, "b, or c" ,d')).toEqual(["a", "b, or c", "d"]);
  expect(parseNames('"say ""x"""')).toEqual(['say "x"']);
});

it("refuses an empty name and a quote that is not closed", () => {
  for (const text of ["", ",a", "a,", "a,,b", " ", '"a', '"a"b']) expect(parseNames(text)).toBeNull();
});
