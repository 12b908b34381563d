import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { afterAll, beforeEach, expect, it } from "vitest";
import { computeRun } from "../../src/run/compute-run.js";
import { decodePart } from "../../src/shared/jacobian-arrow.js";
import type { SubmitOptions } from "../../src/shared/options/option-values.js";
import type { Part } from "../../src/shared/part.js";
import { OF_DERIVATIVES, type Summary } from "../../src/statistics/summary.js";
import { folderPerTest } from "../helpers/folders.js";
import { Jac, jac } from "../helpers/jac.js";
import { GRU } from "../helpers/places.js";
import { forgetQueues, freshQueueUrl } from "../helpers/redis.js";
import { digests, partsOf } from "../helpers/run-files.js";

const SERIES = GRU.series; // 24 windows of 10 rows × 3 features, u1 to u3
const WINDOW = 30; // T · F

const folder = folderPerTest();
let usual: SubmitOptions;
beforeEach(() => {
  const scaler = join(folder.path, "scaler.json");
  const columns = ["u1", "u2", "u3"];
  writeFileSync(
    scaler,
    JSON.stringify({ kind: "standard", columns, mean: [0.1, 0.2, 0.3], scale: [2, 1, 0.5] }),
  );
  writeFileSync(join(folder.path, "start.csv"), "u3,u2,u1\n1,-1,0.5\n");
  usual = { model: GRU.model, scaler, precision: "float64", chunk: 7 };
});
afterAll(forgetQueues);

/** Submissions by each method, from a file's baseline too. */
const methods = (): Record<string, SubmitOptions> => ({
  "input-x-gradient": { method: "input-x-gradient" },
  "integrated-gradients": { method: "integrated-gradients", baseline: "mean", steps: 20 },
  "from a file": { method: "integrated-gradients", baseline: join(folder.path, "start.csv") },
  smoothgrad: { method: "smoothgrad", samples: 9, noise: 0.1, seed: 5 },
});

/** A run by the library, in a folder of its own. */
async function run(options: SubmitOptions, out = "library"): Promise<string> {
  const { folder: made, outcome } = await computeRun(SERIES, {
    ...usual,
    ...options,
    out: join(folder.path, out),
    workers: 1,
  });
  expect(outcome).toMatchObject({ kind: "ended", manifest: { status: "done", windows: 24 } });
  return made.location;
}

const parts = (dir: string): Part[] =>
  partsOf(dir).map((n) => decodePart(readFileSync(join(dir, `jacobians/part-0000${n}.arrow`))));
const summaryOf = (dir: string): Summary => JSON.parse(readFileSync(join(dir, "summary.json"), "utf8"));
/** All windows' numbers, one list a target. */
const numbersOf = (dir: string) => parts(dir).flatMap(({ targets }) => Array.from(targets[0]!.jacobian));

it("each method gives the same bytes by the library, by the command, and through workers on Redis", async () => {
  const queue = freshQueueUrl();
  const worker = new Jac(["worker", "--queue", queue, "--workers", "1"]);
  await worker.says("ready");
  try {
    for (const [name, options] of Object.entries(methods())) {
      const expected = digests(await run(options));
      const flags = Object.entries({ ...usual, ...options }).flatMap(([key, value]) => [
        `--${key}`,
        `${value}`,
      ]);
      const submit = (out: string, ...more: string[]) =>
        jac(["submit", SERIES, ...flags, "--out", join(folder.path, out), "--json", ...more]);
      for (const { code, json } of [await submit("alone"), await submit("queue", "--queue", queue)]) {
        expect([name, code, json.status]).toEqual([name, 0, "done"]);
        expect(digests(json.dir)).toEqual(expected);
        const { code: verified } = await jac(["verify", json.dir]);
        expect(verified).toBe(0);
      }
    }
  } finally {
    worker.kill("SIGTERM");
    await worker.finished;
  }
});

it("the same windows in other chunks have the same numbers, whatever the method", async () => {
  for (const options of Object.values(methods())) {
    const whole = parts(await run({ ...options, chunk: 24 }))[0]!.targets[0]!;
    const cut = parts(await run({ ...options, chunk: 5 })).map(({ targets }) => targets[0]!);
    expect(cut).toHaveLength(5);
    expect(cut.flatMap(({ jacobian }) => Array.from(jacobian))).toEqual(Array.from(whole.jacobian));
    expect(cut.flatMap(({ completeness }) => Array.from(completeness ?? []))).toEqual(
      Array.from(whole.completeness ?? []),
    );
  }
});

it("input × gradient is the gradient times the scaled inputs, and without noise smoothgrad is the gradient", async () => {
  const exact = numbersOf(await run({}));
  expect(numbersOf(await run({ method: "smoothgrad", samples: 3, noise: 0 }))).toEqual(exact);
  const rows = readFileSync(SERIES, "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .flatMap((line) =>
      line.split(",").map((cell, f) => (Number(cell) - [0.1, 0.2, 0.3][f]!) / [2, 1, 0.5][f]!),
    );
  const products = numbersOf(await run({ method: "input-x-gradient" }));
  expect(products).toEqual(
    exact.map((g, i) => g * rows[Math.floor(i / (2 * WINDOW)) * 3 + (i % WINDOW)]!), // two outputs
  );
});

it("the mean baseline is that of a file which holds the columns' means over the rows that the windows cover", async () => {
  const lines = readFileSync(SERIES, "utf8").trim().split("\n").slice(6, 20); // of the windows 5 to 9 the rows 5 to 18
  const means = [0, 1, 2].map(
    (f) => lines.reduce((sum, line) => sum + Number(line.split(",")[f]), 0) / lines.length,
  );
  const file = join(folder.path, "means.csv");
  writeFileSync(file, `u1,u2,u3\n${means.join(",")}\n`);
  const ig = { method: "integrated-gradients", windows: "5:10" } as const;
  const of = async (baseline: string) => {
    const { folder: made } = await computeRun(SERIES, {
      ...usual,
      ...ig,
      baseline,
      out: folder.path,
      workers: 1,
    });
    return numbersOf(made.location);
  };
  const [byWord, byFile, byZero] = [await of("mean"), await of(file), await of("zero")];
  byWord.forEach((value, i) => {
    expect(value).toBeCloseTo(byFile[i]!, 12);
  });
  expect(Math.max(...byZero.map((value, i) => Math.abs(value - byWord[i]!)))).toBeGreaterThan(0.01);
});

it("a part, the summary and the report say what the numbers are, and of attributions nothing that is of derivatives", async () => {
  for (const [name, options] of Object.entries(methods())) {
    const dir = await run(options);
    const { schema } = tableFromIPC(readFileSync(join(dir, "jacobians/part-00000.arrow")));
    expect(schema.metadata.get("jac.method")).toBe(options.method);
    const integrated = options.method === "integrated-gradients";
    expect(schema.names.includes("completeness")).toBe(integrated);
    if (integrated)
      for (const { targets } of parts(dir))
        for (const error of targets[0]!.completeness!) expect(Math.abs(error)).toBeLessThan(1e-9);
    const summary = summaryOf(dir);
    expect(summary.method.name).toBe(options.method);
    const derivatives = options.method === "smoothgrad";
    for (const row of [...summary.features, ...summary.entries!]) {
      for (const statistic of OF_DERIVATIVES)
        expect([name, row[statistic] !== null]).toEqual([name, derivatives]);
      expect(row.mean).not.toBeNull();
    }
    expect(summary.outputs.every((output) => (output.active_subspace !== null) === derivatives)).toBe(true);
    const report = readFileSync(join(dir, "report.html"), "utf8");
    expect(report).toMatch(derivatives ? /SmoothGrad: 9 samples/ : /attributions, in units of the output/);
    expect(report).toContain(derivatives ? "Mean derivative by lag" : "Mean attribution by lag");
  }
  const plain = await run({});
  expect(summaryOf(plain)).toMatchObject({ method: { name: "gradient" } });
  expect(readFileSync(join(plain, "report.html"), "utf8")).toContain(
    "Exact derivatives of each window’s output",
  );
});

it("a run keeps its baseline, and is another where a byte of that file is", async () => {
  const first = await run(methods()["from a file"]!);
  const bytes = readFileSync(join(first, "input/baseline.f64"));
  expect(bytes.length).toBe(8 * WINDOW);
  expect([0, 8, 16].map((at) => bytes.readDoubleLE(at))).toEqual([(0.5 - 0.1) / 2, -1.2, 1.4]);
  writeFileSync(join(folder.path, "start.csv"), "u3,u2,u1\n1,-1,0.6\n");
  expect(await run(methods()["from a file"]!)).not.toBe(first);
  bytes.writeDoubleLE(1, 0);
  writeFileSync(join(first, "input/baseline.f64"), bytes);
  const { code, stderr } = await jac(["verify", first]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("input/baseline.f64 has other bytes")]);
});
