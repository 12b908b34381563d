import { execFile } from "node:child_process";
import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { build } from "../helpers/build.js";
import { folderPerFile } from "../helpers/folders.js";
import { ROOT } from "../helpers/places.js";
import { FAULTS, type Fault } from "./faults.js";

/** What a fault, or a build after it, may change. The rest is linked. */
const COPIED = [
  "src",
  "test",
  "dist",
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "vitest.config.ts",
];
const LINKED = ["node_modules", "native", "build", "demo", "test/fixtures"];

const { path: copy } = folderPerFile();

interface Outcome {
  readonly fullName: string;
  readonly status: string; // passed, failed, skipped …
  readonly failureMessages: readonly string[];
}

/** Runs tests of the copy; what became of those whose names end so. */
async function run(faults: readonly Fault[]): Promise<Outcome[]> {
  const report = join(copy, "report.json");
  rmSync(report, { force: true });
  const names = faults.map(({ named }) => named.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const files = new Set(faults.map(({ test }) => test));
  const env = Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST"));
  const vitest = [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", ...files];
  const named = ["-t", `(${names.join("|")})$`, "--reporter=json", `--outputFile=${report}`];
  const options = { cwd: copy, env: Object.fromEntries(env) };
  const { stderr } = await promisify(execFile)(process.execPath, [...vitest, ...named], options).catch(
    (failed: { stderr: string }) => failed, // as it is where a test fails; the report tells
  );
  try {
    const { testResults } = JSON.parse(readFileSync(report, "utf8")) as {
      testResults: { assertionResults: Outcome[] }[];
    };
    const all = testResults.flatMap(({ assertionResults }) => assertionResults);
    return all.filter(({ status }) => status !== "skipped" && status !== "pending");
  } catch (cause) {
    throw new Error(`the tests did not run: ${stderr}`, { cause });
  }
}

beforeAll(() => {
  build();
  for (const part of COPIED)
    cpSync(join(ROOT, part), join(copy, part), {
      recursive: true,
      preserveTimestamps: true,
      filter: (path) => path !== join(ROOT, "test/fixtures"),
    });
  for (const part of LINKED) symlinkSync(join(ROOT, part), join(copy, part));
});

describe("the tests that faults are to be caught by", () => {
  it("are there, and pass without them", async () => {
    const outcomes = await run(FAULTS);
    for (const { named } of FAULTS) {
      const found = outcomes.filter(({ fullName }) => fullName.endsWith(named));
      expect(found.length, named).toBeGreaterThan(0);
      for (const { status, failureMessages } of found)
        expect(status, `${named}: ${failureMessages.join()}`).toBe("passed");
    }
  });
});

describe("a named test fails where", () => {
  it.each(FAULTS.map((fault) => [fault.what, fault] as const))("%s", async (_, fault) => {
    const path = join(copy, fault.file);
    const sound = readFileSync(path, "utf8");
    expect(sound.split(fault.text).length - 1, `times that ${fault.file} holds ${fault.text}`).toBe(1);
    writeFileSync(
      path,
      sound.replace(fault.text, () => fault.instead),
    );
    try {
      const failed = (await run([fault])).filter(({ status }) => status === "failed");
      expect(failed.length, `failures of "${fault.named}": the fault goes unnoticed`).toBeGreaterThan(0);
      // A source that does not compile is no fault that a test has caught.
      for (const { failureMessages } of failed)
        expect(failureMessages.join()).not.toMatch(/does not compile|SyntaxError|Transform failed/);
    } finally {
      writeFileSync(path, sound);
    }
  });
});
