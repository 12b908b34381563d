import { expect, it } from "vitest";
import { formatSize, parseSize } from "../../../src/shared/options/parse-size.js";

it.each([
  ["4096", 4096],
  ["1 B", 1],
  ["200 kB", 200_000],
  ["512MiB", 512 * 2 ** 20],
  ["1.5gib", 1.5 * 2 ** 30],
  [" 2 TB ", 2e12],
])("reads %j as %d bytes", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

it.each(["", "GiB", "0", "0.2", "-1MB", "1e9", "2 bits", "1G B", "toString", "1 constructor", "9999999 TB"])(
  "refuses %j",
  (text) => {
    expect(parseSize(text)).toBeNull();
  },
);

it.each([
  [96, "96 bytes"],
  [2 ** 30, "1 GiB"],
  [585_109_206_400, "544.9 GiB"],
  [1023 * 2 ** 20, "1023 MiB"],
  [2 ** 70, "1049000 PiB"],
])("shows %d as %s", (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});
