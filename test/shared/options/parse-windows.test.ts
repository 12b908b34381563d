import { expect, it } from "vitest";
import { mergeRanges, parseWindows } from "../../../src/shared/options/parse-windows.js";

it("reads numbers and half-open ranges, sorted and merged", () => {
  expect(parseWindows("0,50")).toEqual([
    { from: 0, to: 1 },
    { from: 50, to: 51 },
  ]);
  expect(parseWindows("100:200")).toEqual([{ from: 100, to: 200 }]);
  expect(parseWindows(" 7, 0:3 ,2:5,5")).toEqual([
    { from: 0, to: 6 },
    { from: 7, to: 8 },
  ]);
});

it.each(["", "a", "1,", "-1", "1.5", "1:2:3", "5:5", "9:3", ":"])("refuses %j", (text) => {
  expect(parseWindows(text)).toBeNull();
});

it("merges ranges that touch, and leaves those that are given as they were", () => {
  const given = [
    { from: 5, to: 9 },
    { from: 0, to: 5 },
    { from: 20, to: 21 },
  ];
  expect(mergeRanges(given)).toEqual([
    { from: 0, to: 9 },
    { from: 20, to: 21 },
  ]);
  expect(given).toHaveLength(3);
  expect(given[0]).toEqual({ from: 5, to: 9 });
});
