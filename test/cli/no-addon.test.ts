import { spawnSync } from "node:child_process";
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { build } from "../helpers/build.js";
import { folderPerFile } from "../helpers/folders.js";
import { ROOT, WEATHER } from "../helpers/places.js";

const { path: copy } = folderPerFile();

test("without an addon the install succeeds, and a run says in one line that it uses WebAssembly", () => {
  build();
  for (const part of ["dist", "native", "package.json"])
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));

  const noCompiler = { ...process.env, CXX: "", PATH: copy };
  const install = spawnSync(process.execPath, [join(copy, "native/build.mjs")], {
    encoding: "utf8",
    env: noCompiler,
  });
  expect(install.status).toBe(0);
  expect(install.stderr).toMatch(/^jac: no C\+\+ compiler found.*\n$/);

  const args = ["submit", WEATHER, "--windows", "0:64", "--json", "--out", join(copy, "runs")];
  const run = spawnSync(process.execPath, [join(copy, "dist/cli.js"), ...args], { encoding: "utf8" });
  expect(run.status, run.stderr).toBe(0);
  expect(run.stderr.split("\n").filter((line) => line.includes("WebAssembly"))).toHaveLength(1);
  expect(JSON.parse(run.stdout.trim().split("\n").at(-1)!).engine).toMatch(/^wasm/);
});
