import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderPerTest } from "./helpers/folders.js";
import { ROOT } from "./helpers/places.js";

const README = readFileSync(join(ROOT, "README.md"), "utf8");

const folder = folderPerTest();

test("the README's lines of JavaScript run where the package is installed", () => {
  const [, code = ""] = /```js\n(.*?)```/s.exec(README) ?? [];
  expect(code).toContain('from "jac"');
  mkdirSync(join(folder.path, "node_modules"));
  symlinkSync(ROOT, join(folder.path, "node_modules/jac"));
  symlinkSync(join(ROOT, "demo"), join(folder.path, "demo"));
  writeFileSync(join(folder.path, "example.mjs"), code);
  const printed = execFileSync(process.execPath, ["example.mjs"], { cwd: folder.path, encoding: "utf8" });
  // 0:100 names the first hundred windows; each of 1 output × 20 steps × 5 features
  expect(printed).toMatch(/^ended \d+ 1 20 \[/);
  const [, windows, values] = /^ended (\d+) 1 20 \[.*\] (\d+)$/s.exec(printed.trim()) ?? [];
  expect(Number(windows)).toBeGreaterThan(0);
  expect(Number(values)).toBe(Number(windows) * 20 * 5);
});

test("the pages that the README and the map point to are there", () => {
  for (const page of ["README.md", "CONTRIBUTING.md", "docs/architecture.md"]) {
    const text = readFileSync(join(ROOT, page), "utf8");
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link!);
    const missing = links.filter((link) => !existsSync(join(ROOT, page, "..", link)));
    expect(missing, page).toEqual([]);
  }
  const map = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");
  const named = [...map.matchAll(/`((?:src|test|native|docs)\/[a-z0-9/.-]+)`/g)].map(([, path]) => path!);
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
