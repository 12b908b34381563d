import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { reduceRun } from "../../src/reducer/reduce-run.js";
import { checkRun, describeWithNumPy } from "../helpers/check-run.js";
import { commitRun, type SyntheticOptions, syntheticRun, withFolder } from "../helpers/synthetic-run.js";

const OPTIONS: SyntheticOptions = {
  windows: 1500,
  steps: 8,
  columns: ["temp", "wind", "rain"],
  targets: [{ name: "temp", m: 1 }],
  chunkSize: 400,
  scaler: true,
};

const RUNS: Record<string, SyntheticOptions & { readonly only?: readonly number[] }> = {
  "one output in float32": OPTIONS,
  "several targets and outputs in float64, a stride": {
    ...OPTIONS,
    windows: 700,
    stride: 3,
    precision: "float64",
    time: "us",
    targets: [
      { name: "temp", m: 1 },
      { name: "quantiles", m: 3 },
    ],
  },
  "gaps between the windows": {
    ...OPTIONS,
    time: "ns",
    segments: [
      { first: 3, count: 500 },
      { first: 600, count: 1 },
      { first: 602, count: 700 },
    ],
  },
  "missing chunks": { ...OPTIONS, only: [0, 2] },
  "NaN and infinity here and there": {
    ...OPTIONS,
    value: (w, _k, t, _f, noise) => (w % 97 === 5 && t === 2 ? (w % 2 ? Number.NaN : Infinity) : noise()),
  },
  "means far above their spread, and far below it": {
    ...OPTIONS,
    value: (_w, _k, t, f, noise) => (f === 0 ? 1000 + 1e-3 * noise() : f === 1 ? noise() + 1e-4 * t : 7),
  },
  "zeros and heavy tails, no times, no scaler": {
    ...OPTIONS,
    windows: 90,
    chunkSize: 13,
    time: null,
    scaler: false,
    value: (_w, _k, t, _f, noise) => (t < 3 ? 0 : Math.max(0, noise()) * 10 ** (3 * noise())),
  },
  "a long window": { ...OPTIONS, windows: 300, steps: 200, chunkSize: 120 },
  "three windows": { ...OPTIONS, windows: 3 },
};

describeWithNumPy("NumPy, reading the parts by pyarrow, agrees with every statistic of a run", () => {
  it.each(Object.keys(RUNS))("with %s", { timeout: 120_000 }, async (name) => {
    const { only, ...options } = RUNS[name]!;
    await withFolder(async (folder) => {
      const run = syntheticRun(options);
      await commitRun(folder, run, only);
      await reduceRun({ folder, spec: run.spec });
      expect(await checkRun(folder.location)).toMatch(/every statistic agrees with NumPy/);
    });
  });

  it("and a number that was altered by two billionths is found", { timeout: 120_000 }, async () => {
    await withFolder(async (folder) => {
      const run = syntheticRun(OPTIONS);
      await commitRun(folder, run);
      await reduceRun({ folder, spec: run.spec });
      const path = join(folder.location, "summary.json");
      const summary = JSON.parse(await readFile(path, "utf8"));
      summary.features[1].rms *= 1 + 2e-9;
      await writeFile(path, JSON.stringify(summary));
      await expect(checkRun(folder.location)).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/temp\[0\] wind: rms: the run has .* NumPy/),
      });
    });
  });
});
