import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { silentMeter } from "../../src/queue/meter.js";
import { ProcessHandlers } from "../../src/run/run-handlers.js";
import { PermanentError } from "../../src/shared/errors.js";
import { decodePart } from "../../src/shared/jacobian-arrow.js";
import type { SubmitOptions } from "../../src/shared/options/option-values.js";
import { folderPerTest } from "../helpers/folders.js";
import { SEED_LSTM } from "../helpers/places.js";
import { partPath } from "../helpers/run-files.js";
import { type StoredRun, storedRun } from "../helpers/stored-run.js";

const folder = folderPerTest();

const OPTIONS: SubmitOptions = {
  model: SEED_LSTM.model,
  engine: "reference",
  precision: "float64",
  chunk: 5,
};

/** A run of the recorded series, to each row of which a sixth column is added: its number, squared. */
async function store(options: SubmitOptions): Promise<StoredRun> {
  const series = join(folder.path, "series.csv");
  const [header, ...rows] = readFileSync(SEED_LSTM.series, "utf8").trim().split("\n");
  const lines = [`${header},level`, ...rows.map((row, i) => `${row},${level(i)}`)];
  writeFileSync(series, `${lines.join("\n")}\n`);
  const columns = header!.split(",");
  return await storedRun(series, { ...OPTIONS, columns, ...options }, join(folder.path, "runs"));
}

const level = (row: number): number => row ** 2 / 100;

/** Computes chunks of a run, one after the other. */
async function compute({ spec, folder: { uri } }: StoredRun, chunks: readonly number[]): Promise<void> {
  const handlers = new ProcessHandlers(1, () => undefined);
  try {
    for (const chunk of chunks)
      await handlers.chunk({ run: spec.run, folder: uri, chunk }, new AbortController().signal, silentMeter);
  } finally {
    await handlers.close();
  }
}

describe("the job of a chunk", () => {
  it("has ended only once its part and its statistics are committed", async () => {
    const run = await store({});
    const dir = run.folder.location;
    await compute(run, [3]);
    // Asked at once: a commit that goes on behind the job's back would not have reached the disk.
    const there = [existsSync(partPath(dir, 3)), readdirSync(join(dir, "partials")).length];
    expect(there).toEqual([true, 1]);
  });

  it("fails where its files cannot be committed", async () => {
    const run = await store({});
    writeFileSync(join(run.folder.location, "partials"), "a file where the folder would be");
    await expect(compute(run, [0])).rejects.toThrow(/EEXIST|ENOTDIR/);
  });

  it("compares each window's output with the column's value at the row after that window", async () => {
    const output = await store({ windows: "0:23" }); // the last window has no row after it
    const loss = await store({ windows: "0:23", target: "loss:level" });
    for (const run of [output, loss]) await compute(run, [0, 1, 2, 3, 4]);
    const { steps } = output.spec.layout;
    const n = steps * output.spec.columns.length;
    let compared = 0;
    for (let chunk = 0; chunk < 5; chunk++) {
      const [plain, squared] = [output, loss].map((run) =>
        decodePart(readFileSync(partPath(run.folder.location, chunk))),
      );
      const { prediction, jacobian } = plain!.targets[0]!;
      for (const [w, row] of plain!.row.entries()) {
        const distance = prediction[w]! - level(Number(row) + steps);
        const off = Array.from(jacobian.subarray(w * n, (w + 1) * n), (value, i) => {
          const told = squared!.targets[0]!.jacobian[w * n + i]!;
          return Math.abs(told - 2 * distance * value) / Math.abs(2 * distance * value);
        });
        expect(Math.max(...off), `window ${plain!.window[w]}`).toBeLessThan(1e-9);
        compared += 1;
      }
    }
    expect(compared).toBe(23);
  });

  it.each(["series", "program"] as const)(
    "is refused for good where the stored %s is not the one planned with",
    async (kind) => {
      const run = await store({});
      const path = join(run.folder.location, run.spec.stored[kind].name);
      const bytes = readFileSync(path);
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(path, bytes);
      const refusal = compute(run, [0]);
      await expect(refusal).rejects.toThrow(PermanentError);
      await expect(refusal).rejects.toThrow(/is not the file that the run was planned with/);
      expect(existsSync(partPath(run.folder.location, 0))).toBe(false);
    },
  );
});
