import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { formatSummary } from "../../src/reducer/format-summary.js";
import { reduceRun } from "../../src/reducer/reduce-run.js";
import { PermanentError } from "../../src/shared/errors.js";
import { encodePart } from "../../src/shared/jacobian-arrow.js";
import type { LocalFolder } from "../../src/shared/local-folder.js";
import type { Summary } from "../../src/statistics/summary.js";
import { partPath } from "../helpers/run-files.js";
import { commitRun, type SyntheticOptions, syntheticRun, withFolder } from "../helpers/synthetic-run.js";

const FILES = ["summary.arrow", "summary.json", "timeline.arrow", "report.html"];

const OPTIONS: SyntheticOptions = {
  windows: 1200,
  steps: 6,
  columns: ["temp", "wind"],
  targets: [{ name: "temp", m: 1 }],
  chunkSize: 250,
  scaler: true,
};

async function reduced(options: SyntheticOptions): Promise<Summary> {
  return await withFolder(async (folder) => {
    const run = syntheticRun(options);
    await commitRun(folder, run);
    return (await reduceRun({ folder, spec: run.spec })).summary;
  });
}

async function filesOf(folder: LocalFolder): Promise<string[]> {
  return await Promise.all(
    FILES.map(async (name) => Buffer.from(await folder.read(name)).toString("latin1")),
  );
}

describe("the reducer", () => {
  it("writes a row for each output, lag and feature, the newest lag first, the same in both files", async () => {
    await withFolder(async (folder) => {
      const run = syntheticRun({
        ...OPTIONS,
        targets: [
          { name: "y", m: 2 },
          { name: "z", m: 1 },
        ],
        value: (_w, k, t, f) => 100 * k + 10 * t + f + 1, // of each entry its own, the same in every window
      });
      await commitRun(folder, run);
      const { summary } = await reduceRun({ folder, spec: run.spec });
      const table = tableFromIPC(await folder.read("summary.arrow"));
      const expected = [
        { target: "y", output: 0 },
        { target: "y", output: 1 },
        { target: "z", output: 0 },
      ].flatMap((of) =>
        [1, 2, 3, 4, 5, 6].flatMap((lag) =>
          ["temp", "wind"].map((feature, f) => {
            const mean = 100 * of.output + 10 * (6 - lag) + f + 1;
            return { ...of, lag, step: 6 - lag, feature, n: 1200, mean, max: mean };
          }),
        ),
      );
      const told = (name: string) => (row: number) => table.getChild(name)?.get(row);
      const rows = Array.from({ length: table.numRows }, (_, row) =>
        Object.fromEntries(Object.keys(expected[0]!).map((name) => [name, told(name)(row)])),
      );
      expect(rows).toEqual(expected.map((row) => ({ ...row, n: BigInt(row.n) })));
      expect(JSON.parse(Buffer.from(await folder.read("summary.json")).toString())).toEqual(summary);
      expect(summary.entries).toHaveLength(expected.length);
      expect(summary.entries).toMatchObject(expected);
    });
  });

  it("gives the same bytes whatever the order in which chunks were committed", async () => {
    const files = await Promise.all(
      [
        [0, 1, 2, 3, 4],
        [3, 0, 4, 2, 1],
      ].map((order) =>
        withFolder(async (folder) => {
          const run = syntheticRun(OPTIONS);
          await commitRun(folder, run, order);
          await reduceRun({ folder, spec: run.spec });
          return await filesOf(folder);
        }),
      ),
    );
    expect(files[0]).toEqual(files[1]);
  });

  it("finds the planted sign, memory, peak, share and unusual time of each feature", async () => {
    const summary = await reduced({
      ...OPTIONS,
      // temp: lag 1 alone, negative; wind: three equal lags from lag 2 on, positive, and ten times as strong for a while.
      value: (w, _k, t, f, noise) =>
        f === 0
          ? t === 5
            ? -2 - 0.1 * noise()
            : 0
          : t >= 2 && t <= 4
            ? (w >= 600 && w < 640 ? 10 : 1) * (1 + 0.05 * noise())
            : 0,
    });
    const [temp, wind] = summary.features;
    expect(temp).toMatchObject({ feature: "temp", peak_lag: 1, memory: 1 });
    expect(temp!.positive).toBe(0);
    expect(temp!.total).toBeCloseTo(-2, 1);
    expect(wind!.memory).toBe(4);
    expect([2, 3, 4]).toContain(wind!.peak_lag);
    expect(temp!.share! + wind!.share!).toBeCloseTo(1, 12);
    const [output] = summary.outputs;
    expect(output!.episodes[0]).toMatchObject({
      feature: "wind",
      from: { window: 600 },
      until: { window: 640 },
    });
    expect(output!.episodes[0]!.from.time).toBe("2013-01-26T05:00:00");
    for (const { window } of output!.largest) expect(window >= 600 && window < 640).toBe(true);
    expect(output!.active_subspace!.dimension).toBe(2); // temp's one direction, wind's three equal lags
    expect(formatSummary(summary)).toMatch(/most unusual: wind, 2013-01-26 05:00:00 \(window 600\)/);
  });

  it("gives means that lie in their interval, narrower the more windows there are", async () => {
    const width = async (windows: number) => {
      const { entries } = await reduced({
        ...OPTIONS,
        windows,
        value: (_w, _k, _t, _f, noise) => 1 + noise(),
      });
      for (const { mean, mean_low, mean_high } of entries!) {
        expect(mean! > mean_low! && mean! < mean_high!).toBe(true);
      }
      return (
        entries!.reduce((sum, { mean_low, mean_high }) => sum + mean_high! - mean_low!, 0) / entries!.length
      );
    };
    const [few, many] = [await width(300), await width(4800)];
    expect(few / many).toBeGreaterThan(3); // √16 = 4
    expect(few / many).toBeLessThan(5.5);
    expect(many).toBeGreaterThan((0.7 * 2 * 1.96) / Math.sqrt(4800)); // independent windows: the known interval
    expect(many).toBeLessThan((1.3 * 2 * 1.96) / Math.sqrt(4800));
  });

  it("gives physical values per raw unit where the scaler knows them", async () => {
    const [temp, wind] = (await reduced({ ...OPTIONS, value: () => 1 })).features;
    expect(temp!.physical).toBe(1); // scale_y = scale_f = 2
    expect(wind!.physical).toBeCloseTo(2 / 3, 15);
    expect((await reduced({ ...OPTIONS, scaler: false })).features[0]!.physical).toBeNull();
  });

  it("summarises what is there of a run that lacks chunks, and names the windows that are missing", async () => {
    await withFolder(async (folder) => {
      const run = syntheticRun(OPTIONS);
      await commitRun(folder, run, [0, 2, 3]);
      const { summary } = await reduceRun({ folder, spec: run.spec });
      expect(summary.status).toBe("partial");
      expect(summary.windows).toMatchObject({
        planned: 1200,
        computed: 750,
        missing: [
          { first: 250, last: 499 },
          { first: 1000, last: 1199 },
        ],
      });
      expect(formatSummary(summary)).toMatch(/missing windows: 250–499, 1000–1199/);
      expect(Buffer.from(await folder.read("report.html")).toString()).toMatch(
        /450 of 1,200 planned windows are missing/,
      );
    });
  });

  it("computes damaged statistics again from the part, to the same bytes", async () => {
    await withFolder(async (folder) => {
      const run = syntheticRun(OPTIONS);
      await commitRun(folder, run);
      await reduceRun({ folder, spec: run.spec });
      const before = await filesOf(folder);
      const names = (await readdir(join(folder.location, "partials"))).sort();
      const partial = join(folder.location, "partials", names[1]!);
      await writeFile(partial, "damaged");
      await writeFile(join(folder.location, "partials", names[2]!), "");
      await reduceRun({ folder, spec: run.spec });
      expect(await filesOf(folder)).toEqual(before);
      // A part that can be read, and is not the one that was committed.
      const other = syntheticRun({ ...OPTIONS, value: () => 1 });
      await writeFile(partPath(folder.location, 1), encodePart(other.part(1)));
      const refusal = reduceRun({ folder, spec: run.spec });
      await expect(refusal).rejects.toThrow(PermanentError);
      await expect(refusal).rejects.toThrow(/part-00001\.arrow .* is damaged/);
    });
  });

  it("ends at once when it is aborted", async () => {
    await withFolder(async (folder) => {
      const run = syntheticRun(OPTIONS);
      await commitRun(folder, run);
      const reason = new Error("cancelled");
      await expect(reduceRun({ folder, spec: run.spec, signal: AbortSignal.abort(reason) })).rejects.toBe(
        reason,
      );
      expect(await folder.exists("summary.json")).toBe(false);
    });
  });
});

describe("a summary without spread or values", () => {
  it("says null, not NaN, where an output or an input never changes", async () => {
    const summary = await reduced({ ...OPTIONS, value: () => 0 });
    const { features, entries, outputs } = summary;
    expect(features[0]).toMatchObject({
      mean: 0,
      sd: 0,
      median: 0,
      share: null,
      memory: null,
      peak_lag: null,
      drift: null,
    });
    expect(entries![0]).toMatchObject({ rms: 0, positive: 0, mean_low: 0, mean_high: 0 });
    expect(outputs[0]!.active_subspace).toMatchObject({ dimension: 0 });
    expect(outputs[0]!.episodes).toEqual([]);
    expect(formatSummary(summary)).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("has a standard deviation of 0 where all derivatives are equal, as of a linear model", async () => {
    const { entries, features } = await reduced({
      ...OPTIONS,
      precision: "float64",
      value: (_w, _k, _t, f) => 0.1 * (f + 1),
    });
    expect(entries!.map(({ sd }) => sd)).toEqual(entries!.map(() => 0));
    expect(features.map(({ sd }) => sd)).toEqual([0, 0]);
  });

  it("is made of one window, and of windows too few for an interval", async () => {
    const one = await reduced({ ...OPTIONS, windows: 1 });
    expect(one.features[0]).toMatchObject({
      sd: expect.any(Number),
      mean_low: null,
      dgsm: null,
      drift: null,
    });
    expect(one.entries![0]).toMatchObject({ n: 1, sd: null });
    const few = await reduced({ ...OPTIONS, windows: 9 });
    expect(few.entries![0]!.mean_low).toBeNull();
    expect(few.notes.join()).toMatch(/fewer than two blocks/);
  });

  it("is made of gradients that are all left out, and says so", async () => {
    const summary = await reduced({ ...OPTIONS, windows: 40, value: () => Number.NaN });
    expect(summary.outputs[0]).toMatchObject({
      gradients: 0,
      left_out: 40,
      active_subspace: null,
      largest: [],
    });
    expect(summary.entries![0]).toMatchObject({ n: 0, nonfinite: 40, mean: null, min: null, median: null });
    expect(summary.notes.join()).toMatch(/40 gradients/);
  });
});
