import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodePart } from "../../src/shared/jacobian-arrow.js";
import { eventually } from "../helpers/eventually.js";
import { folderPerTest } from "../helpers/folders.js";
import { Jac, jac } from "../helpers/jac.js";
import { readFloats } from "../helpers/oracle.js";
import { DEMO_MODEL, SEED_LSTM, WEATHER } from "../helpers/places.js";
import { digests, partPath, partsOf } from "../helpers/run-files.js";

const { series: SERIES, model: MODEL } = SEED_LSTM; // 24 windows

const folder = folderPerTest();

const submission = [
  "submit",
  SERIES,
  "--model",
  MODEL,
  "--precision",
  "float64",
  "--engine",
  "reference",
  "--chunk",
  "5",
];

/** A run of many chunks, which takes a while. */
function submitLong(...args: string[]): Jac {
  const plan = ["--engine", "reference", "--chunk", "50", ...args];
  return new Jac(["submit", WEATHER, ...plan, "--out", folder.path, "--json"]);
}

describe("an embedded run", () => {
  it("leaves the parts, the statistics and a manifest that tells all of them", async () => {
    const { code, json, stderr } = await jac([...submission, "--out", folder.path, "--json"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(json).toMatchObject({
      status: "done",
      already: false,
      windows: 24,
      skipped: 0,
      chunks: 5,
      failed: [],
    });
    const dir = json.dir;
    expect(dir).toBe(join(folder.path, json.run));
    const manifest = JSON.parse(readFileSync(join(dir, "manifest.json"), "utf8"));
    expect(manifest.status).toBe("done");
    expect(manifest.inputs.series).toMatchObject({ name: "series.csv", bytes: statSync(SERIES).size });
    expect(manifest.table.map(({ count }: { count: number }) => count)).toEqual([5, 5, 5, 5, 4]);
    const found = digests(dir);
    for (const { part, sha256 } of manifest.table) expect(found[part]).toBe(sha256);
    expect(Object.keys(found)).toEqual(
      expect.arrayContaining(["summary.arrow", "summary.json", "timeline.arrow", "report.html"]),
    );
    expect(readdirSync(dir).sort()).toEqual([
      "input",
      "jacobians",
      "manifest.json",
      "partials",
      "report.html",
      "summary.arrow",
      "summary.json",
      "timeline.arrow",
    ]);
  });

  it("gives the Jacobians that the tape gives", async () => {
    const { json } = await jac([...submission, "--out", folder.path, "--json"]);
    const exact = readFloats(join(SEED_LSTM.folder, "jacobian0.f64")); // [24, 1, 20, 5]
    const rows: number[] = [];
    const windows: number[] = [];
    for (const part of partsOf(json.dir)) {
      const decoded = decodePart(readFileSync(partPath(json.dir, part)));
      rows.push(...(decoded.targets[0]?.jacobian ?? []));
      windows.push(...Array.from(decoded.window, Number));
    }
    expect(windows).toEqual(Array.from({ length: 24 }, (_, window) => window));
    expect(rows).toHaveLength(exact.length);
    const largest = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    const off = rows.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (exact[i] ?? Number.NaN))),
      0,
    );
    expect(off).toBeLessThanOrEqual(1e-10 * largest);
  });

  it("says at once, of a run that is done, that it is", async () => {
    const first = await jac([...submission, "--out", folder.path, "--json"]);
    const before = statSync(join(first.json.dir, "manifest.json")).mtimeMs;
    const second = await jac([...submission, "--out", folder.path, "--json"]);
    expect(second.code).toBe(0);
    expect(second.json).toMatchObject({ run: first.json.run, status: "done", already: true, windows: 24 });
    expect(statSync(join(first.json.dir, "manifest.json")).mtimeMs).toBe(before);
  });

  it("is another run where a byte of an input or an option that matters differs, and the same under other names", async () => {
    const ids = new Map<string, unknown>();
    const of = async (name: string, ...args: string[]): Promise<void> => {
      ids.set(name, (await jac([...args, "--out", folder.path, "--json"])).json.run);
    };
    const copy = join(folder.path, "copies");
    mkdirSync(copy);
    writeFileSync(join(copy, "other-name.csv"), readFileSync(SERIES));
    writeFileSync(join(copy, "changed.csv"), readFileSync(SERIES, "utf8").replace("0.1464", "0.1465"));
    await of("first", ...submission);
    await of("other name", "submit", join(copy, "other-name.csv"), ...submission.slice(2));
    await of("more workers", ...submission, "--workers", "3");
    await of("changed", "submit", join(copy, "changed.csv"), ...submission.slice(2));
    await of("other chunks", ...submission.slice(0, -1), "6");
    await of("loss", ...submission, "--target", "loss");
    expect(ids.get("other name")).toBe(ids.get("first"));
    expect(ids.get("more workers")).toBe(ids.get("first"));
    expect(new Set(ids.values()).size).toBe(4);
  });

  it("killed at any moment, goes on with the same command, computing only what is missing", async () => {
    const quiet = await jac([...submission, "--out", join(folder.path, "quiet"), "--json"]);
    const points = [
      "chunk:computed@2",
      "commit:written@3",
      "commit:linked@2",
      "chunk:partial-committed@3",
      "chunk:committed@3",
      "reduce:started",
      "reduce:written",
    ];
    for (const point of points) {
      const out = join(folder.path, point.replace(/\W/g, "-"));
      const killed = await jac([...submission, "--out", out], { JAC_TEST_FAILPOINT: point });
      expect(killed.signal, point).toBe("SIGKILL");
      const dir = join(out, quiet.json.run);
      const kept = new Map(partsOf(dir).map((part) => [part, statSync(partPath(dir, part)).mtimeMs]));
      const resumed = await jac([...submission, "--out", out, "--json"]);
      expect(resumed.json, point).toMatchObject({ status: "done", windows: 24 });
      for (const [part, time] of kept) expect(statSync(partPath(dir, part)).mtimeMs).toBe(time);
      expect(digests(dir), point).toEqual(digests(quiet.json.dir));
      expect(
        readdirSync(dir).filter((name) => /tmp|owner|cancel/.test(name)),
        point,
      ).toEqual([]);
    }
  });

  it("stopped by Ctrl-C ends the chunks it has, and resumes", async () => {
    const running = submitLong();
    const dir = (): string => join(folder.path, readdirSync(folder.path)[0] ?? "none");
    await eventually(() => partsOf(dir()).length >= 2);
    running.kill("SIGINT");
    const stopped = await running.finished;
    expect(stopped.code).toBe(130);
    expect(stopped.json).toMatchObject({ status: "interrupted" });
    expect(stopped.stderr).toMatch(/stopping once the chunks at work are done/);
    expect(stopped.stderr).toMatch(/jac resume r[0-9a-f]{15}/);
    const kept = partsOf(dir()).length;
    expect(kept).toBeLessThan(99);
    const { code, stdout } = await jac(["show", stopped.json.run, "--out", folder.path]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`chunks +${kept} of \\d+ committed`));
    expect(stdout).toContain("jac resume");
  });

  it("is cancelled from another process, and can be resumed", async () => {
    const running = submitLong("--windows", "4000:6000");
    const run = (): string => readdirSync(folder.path)[0] ?? "none";
    await eventually(() => partsOf(join(folder.path, run())).length >= 1);
    const began = Date.now();
    const cancelled = await jac(["cancel", run(), "--out", folder.path]);
    expect(cancelled.stdout).toContain("cancelled");
    const ended = await running.finished;
    expect(Date.now() - began).toBeLessThan(5000);
    expect(ended.code).toBe(1);
    expect(ended.json).toMatchObject({ status: "cancelled" });
    const resumed = await jac(["resume", run(), "--out", folder.path, "--json"]);
    expect(resumed.code).toBe(0);
    expect(resumed.json).toMatchObject({ status: "done" });
  });

  it("computes the program that it was planned with: the model's copy is read by no worker", async () => {
    const { json } = await jac([...submission, "--out", folder.path, "--json"]);
    const before = digests(json.dir);
    const { stored, engine } = JSON.parse(readFileSync(join(json.dir, "manifest.json"), "utf8"));
    expect(engine).toBe("reference: TypeScript, float64");
    rmSync(join(json.dir, "jacobians"), { recursive: true });
    writeFileSync(join(json.dir, stored.model.name), readFileSync(DEMO_MODEL));
    const again = await jac(["resume", json.run, "--out", folder.path, "--json"]);
    expect(again.code).toBe(0);
    expect(digests(json.dir)).toEqual(before);
    const shown = await jac(["show", json.run, "--out", folder.path, "--program"]);
    expect(shown.stdout).toMatch(/^program: windows of 20 rows × 5 features/);
  });

  it("fails for good, and computes nothing, where its program is another than it was planned with", async () => {
    const { json } = await jac([...submission, "--out", folder.path, "--json"]);
    rmSync(join(json.dir, "jacobians"), { recursive: true });
    const path = join(json.dir, "input/program.bin");
    const program = readFileSync(path);
    program[program.length - 3]! ^= 1; // in the last weight
    writeFileSync(path, program);
    const { code, stderr } = await jac(["resume", json.run, "--out", folder.path, "--debug"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /PermanentError: .*program\.bin is not the file that the run was planned with\n +at /,
    );
    expect(partsOf(json.dir)).toEqual([]);
    const verified = await jac(["verify", json.run, "--out", folder.path]);
    expect(verified.stderr).toContain("input/program.bin has other bytes than were written");
  });

  it("submitted twice at once is one run", async () => {
    const both = await Promise.all([1, 2].map(() => jac([...submission, "--out", folder.path, "--json"])));
    for (const { code, json } of both) {
      expect(code).toBe(0);
      expect(json).toMatchObject({ status: "done", windows: 24 });
    }
    expect(readdirSync(folder.path)).toEqual([both[0]?.json.run]);
  });

  it("that cannot be read is told with --debug by each error's stack, down to the first", async () => {
    const { json } = await jac([...submission, "--out", folder.path, "--json"]);
    writeFileSync(join(json.dir, "manifest.json"), "{half");
    const plain = await jac(["resume", json.run, "--out", folder.path]);
    expect(plain.stderr).toMatch(/^jac: .* is not JSON; .*\n$/);
    const { stderr } = await jac(["resume", json.run, "--out", folder.path, "--debug"]);
    expect(stderr).toMatch(/^jac: .* is not JSON/);
    expect(stderr).toMatch(/\nUserError: .* is not JSON.*\n {4}at readManifest/);
    expect(stderr).toMatch(/\ncaused by: SyntaxError: .*\n {4}at JSON\.parse/);
  });

  it("is verified without blame for its parts where the folder of their statistics cannot be read", async () => {
    const { json } = await jac([...submission, "--out", folder.path, "--json"]);
    rmSync(join(json.dir, "partials"), { recursive: true });
    writeFileSync(join(json.dir, "partials"), "no folder");
    const { code, stderr } = await jac(["verify", json.run, "--out", folder.path]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^jac: partials\/ cannot be read: ENOTDIR.*\n$/);
  });

  it("computes a chunk again whose part or statistics were taken away or damaged", async () => {
    const { json } = await jac([...submission, "--out", folder.path, "--json"]);
    const dir = json.dir;
    const before = digests(dir);
    rmSync(partPath(dir, 1));
    const partial = Object.keys(before).find((name) => name.startsWith("partials/part-00002-")) ?? "none";
    rmSync(join(dir, partial));
    const verified = await jac(["verify", json.run, "--out", folder.path]);
    expect(verified.code).toBe(1);
    expect(verified.stderr).toContain("part-00001.arrow");
    expect(verified.stderr).toMatch(/partials\/part-00002-\w+\.bin is missing/);
    const resumed = await jac(["resume", json.run, "--out", folder.path, "--json"]);
    expect(resumed.json).toMatchObject({ status: "done" });
    expect(digests(dir)).toEqual(before);
    expect((await jac(["verify", json.run, "--out", folder.path])).code).toBe(0);
  });
});
