import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { decodePart } from "../../src/shared/jacobian-arrow.js";
import { checkRun, describeWithNumPy } from "../helpers/check-run.js";
import { folderPerTest } from "../helpers/folders.js";
import { type Finished, jac } from "../helpers/jac.js";
import { oracleCases } from "../helpers/oracle.js";
import { FIXTURES } from "../helpers/places.js";

const CASES = join(FIXTURES, "oracle/keras3");
const recorded = oracleCases("oracle/keras3");

const folder = folderPerTest();

async function submit(name: string, ...args: string[]): Promise<Finished> {
  const [series, model] = [join(CASES, name, "series.csv"), join(CASES, name, "keras3.h5")];
  return await jac(["submit", series, "--model", model, "--out", folder.path, "--json", ...args]);
}

/** The targets of a run, its parts one after the other: the shape of the whole, and its values. */
function jacobians(dir: string): { shape: number[]; values: number[] }[] {
  const names = readdirSync(join(dir, "jacobians")).sort();
  const parts = names.map((name) => decodePart(readFileSync(join(dir, "jacobians", name))));
  const windows = parts.reduce((sum, { window }) => sum + window.length, 0);
  return parts[0]!.targets.map(({ m, wrt }, t) => ({
    shape: [windows, m, ...wrt.shape],
    values: parts.flatMap(({ targets }) => [...targets[t]!.jacobian]),
  }));
}

/** Recorded [24, m, size] at the chosen windows as TensorFlow's tape.jacobian has it: [n, m, n, size], 0 off the diagonal. */
function tapeJacobian(exact: Float64Array, m: number, chosen: readonly number[]): number[] {
  const size = exact.length / 24 / m;
  return chosen.flatMap((window) =>
    Array.from({ length: m }, (_, k) =>
      chosen.map((other) => {
        const at = (window * m + k) * size;
        return other === window ? [...exact.subarray(at, at + size)] : new Array<number>(size).fill(0);
      }),
    ).flat(2),
  );
}

function expectTape(values: readonly number[], exact: readonly number[]): void {
  expect(values.length).toBe(exact.length);
  const scale = Math.max(1, ...exact.map(Math.abs));
  const off = exact.filter((value, i) => !(Math.abs(values[i]! - value) <= 1e-10 * scale));
  expect(off).toEqual([]);
  const zeros = values.filter((_, i) => exact[i] === 0);
  expect(zeros.every((value) => Object.is(value, 0))).toBe(true);
}

interface TapeResult {
  readonly value: readonly (readonly number[])[];
  readonly shape: readonly number[]; // [n, m, n, F]: the network has no time axis
  readonly jacobian: readonly number[];
  readonly batch: readonly number[]; // [n, m, F]
}

type TapeCase = { readonly x: number[][] } & Record<"output" | "loss" | "layer:dense_1", TapeResult>;

const SEED = join(FIXTURES, "seed-dense/expected.json");
const seedCases: TapeCase[] = JSON.parse(readFileSync(SEED, "utf8"));

describe.each(seedCases)("the network of two layers Dense(2, relu) at $x", ({ x, ...results }) => {
  it.each(Object.keys(results) as (keyof typeof results)[])(
    "has of its %s the Jacobian that the tape gives, full and in batch mode",
    async (target) => {
      const series = join(folder.path, "x.csv");
      writeFileSync(series, ["a,b,c", ...x].join("\n"));
      const args = [
        "--target",
        target,
        "--precision",
        "float64",
        "--out",
        join(folder.path, "runs"),
        "--json",
      ];
      const model = join(CASES, "seed-dense/keras3.h5");
      const of = async (mode: string) =>
        await jac(["submit", series, "--model", model, "--mode", mode, ...args]);
      const { value, shape, jacobian, batch } = results[target];
      const [full] = jacobians((await of("full")).json.dir);
      const [n, m, planned, F] = shape;
      expect(full!.shape).toEqual([n, m, planned, 1, F]);
      expectTape(full!.values, jacobian);
      const { dir } = (await of("batch")).json;
      const [own] = jacobians(dir);
      expect(own!.shape).toEqual([n, m, 1, F]);
      expectTape(own!.values, batch);
      const part = decodePart(readFileSync(join(dir, "jacobians/part-00000.arrow")));
      expectTape([...part.targets[0]!.prediction], value.flat());
    },
  );
});

describe("full mode", () => {
  it.each(["reference", "wasm", "native"])(
    "gives on %s what tape.jacobian gives of two windows, and of one alone",
    async (engine) => {
      const options = ["--mode", "full", "--precision", "float64", "--engine", engine];
      const { jacobian } = recorded.find(({ name }) => name.endsWith("/seed-lstm"))!.outputs[0]!;
      const two = await submit("seed-lstm", ...options, "--windows", "0,23", "--chunk", "1");
      const [pair] = jacobians(two.json.dir);
      expect(pair!.shape).toEqual([2, 1, 2, 20, 5]);
      expectTape(pair!.values, tapeJacobian(jacobian, 1, [0, 23]));
      const one = await submit("seed-lstm", ...options, "--windows", "3");
      const [alone] = jacobians(one.json.dir);
      expect(alone!.shape).toEqual([1, 1, 1, 20, 5]);
      expectTape(alone!.values, tapeJacobian(jacobian, 1, [3]));
    },
  );

  it("of several outputs and chunks has each output's blocks, and the summary of the same windows in batch mode", async () => {
    const options = ["--windows", "2:6,20", "--chunk", "2", "--precision", "float64"];
    const full = await submit("branches", ...options, "--mode", "full");
    const batch = await submit("branches", ...options);
    const { outputs } = recorded.find(({ name }) => name.endsWith("/branches"))!;
    for (const [t, { shape, values }] of jacobians(full.json.dir).entries()) {
      const m = [2, 1][t]!;
      expect(shape).toEqual([5, m, 5, 9, 4]);
      expectTape(values, tapeJacobian(outputs[t]!.jacobian, m, [2, 3, 4, 5, 20]));
      const own = jacobians(batch.json.dir)[t]!.values;
      expect(values.filter((value) => value !== 0)).toEqual(own.filter((value) => value !== 0));
    }
    for (const file of ["summary.arrow", "timeline.arrow"]) {
      const read = ({ dir }: { dir: string }) => readFileSync(join(dir, file));
      expect(read(full.json).equals(read(batch.json)), file).toBe(true);
    }
    const report = readFileSync(join(full.json.dir, "report.html"), "utf8");
    expect(report.includes("<dt>mode</dt><dd>full</dd>")).toBe(true);
    const summary = JSON.parse(readFileSync(join(full.json.dir, "summary.json"), "utf8"));
    expect(summary.notes[0]).toMatch(
      /^In mode full the parts hold .* the statistics are of those by its own inputs/,
    );
    const shown = await jac(["show", full.json.run, "--out", folder.path]);
    expect(shown.stdout).toMatch(/jacobian +\w+ \[2, 5, 9, 4\], \w+ \[1, 5, 9, 4\]/);
  });

  it("says its tensor's shape and axes in Arrow's own way", async () => {
    const { json } = await submit("gru-reset-after", "--mode", "full", "--windows", "0:3");
    const table = tableFromIPC(readFileSync(join(json.dir, "jacobians/part-00000.arrow")));
    const field = table.schema.fields.find(({ name }) => name === "jacobian");
    expect(JSON.parse(field!.metadata.get("ARROW:extension:metadata")!)).toEqual({
      shape: [2, 3, 10, 3],
      dim_names: ["output", "window", "step", "feature"],
    });
  });

  it("past --memory is refused with its size, the limit and what to do, with nothing written", async () => {
    const refused = await submit("seed-lstm", "--mode", "full", "--memory", "200 kB");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toBe(
      "jac: --mode full of 24 windows gives 230400 bytes (225 KiB), past the limit of 200000 (195.3 KiB); use --mode batch, fewer windows with --windows, or a larger --memory\n",
    );
    expect(existsSync(folder.path) ? readdirSync(folder.path) : []).toEqual([]);
    const done = await submit("seed-lstm", "--mode", "full", "--memory", "230400");
    expect(done.json.status).toBe("done");
    const again = await submit("seed-lstm", "--mode", "full");
    expect(again.json).toMatchObject({ run: done.json.run, already: true }); // the limit is not the run's
  });

  it("takes its limit from a config, and batch mode has none", async () => {
    writeFileSync(join(folder.path, "series.csv"), readFileSync(join(CASES, "seed-lstm/series.csv")));
    writeFileSync(join(folder.path, "jac.config.json"), '{"memory": 1000}');
    const out = join(folder.path, "runs");
    const args = ["submit", join(folder.path, "series.csv"), "--model", join(CASES, "seed-lstm/keras3.h5")];
    const full = await jac([...args, "--out", out, "--mode", "full"]);
    expect(full.stderr).toMatch(/past the limit of 1000 \(1000 bytes\)/);
    expect((await jac([...args, "--out", out])).code).toBe(0);
  });
});

describeWithNumPy("NumPy reads a run in full mode and", () => {
  it("finds zeros off the windows' own blocks, and every statistic of those", async () => {
    const { json } = await submit("branches", "--mode", "full", "--windows", "2:9,20", "--chunk", "3");
    await checkRun(json.dir);
  });
});
