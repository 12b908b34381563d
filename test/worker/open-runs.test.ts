import { join } from "node:path";
import { expect, test } from "vitest";
import { storeRun } from "../../src/producer/plan/enqueue-run.js";
import { identifyRun } from "../../src/producer/plan/identify-run.js";
import { type PlannedRun, planRun } from "../../src/producer/plan/plan-run.js";
import { PermanentError } from "../../src/shared/errors.js";
import { Phases } from "../../src/shared/phases.js";
import type { OpenRun } from "../../src/worker/open-run.js";
import { OpenRuns } from "../../src/worker/open-runs.js";
import { SEED_LSTM } from "../helpers/places.js";
import { withFolder } from "../helpers/synthetic-run.js";

const FIXTURE = SEED_LSTM.folder;

/** Runs planned from one series and model, each with another number of windows a chunk; stored in `out`. */
async function storedRuns(out: string, chunks: readonly number[]): Promise<PlannedRun[]> {
  const runs: PlannedRun[] = [];
  for (const chunk of chunks) {
    const options = { model: join(FIXTURE, "keras3.h5"), engine: "reference" as const, chunk };
    const identified = await identifyRun(join(FIXTURE, "series.csv"), options, out);
    const planned = await planRun(identified, new Phases());
    await storeRun(planned);
    runs.push(planned);
  }
  return runs;
}

const open = async (runs: OpenRuns, { folder }: PlannedRun): Promise<OpenRun> =>
  await runs.use(folder.uri, async (run) => run);

const isClosed = async ({ executor, stored }: OpenRun): Promise<boolean> =>
  await executor.run({ rows: stored.scaled, starts: new Int32Array(1), aux: null }).then(
    () => false,
    () => true,
  );

test("a run is opened once, however many of its chunks are worked on, and kept for those that follow", async () => {
  await withFolder(async ({ location }) => {
    const [planned] = await storedRuns(location, [5]);
    const runs = new OpenRuns(1, () => undefined);
    const both = await Promise.all([open(runs, planned!), open(runs, planned!)]);
    expect(both[1]).toBe(both[0]);
    expect(await open(runs, planned!)).toBe(both[0]);
    expect(both[0].engine).toBe("reference: TypeScript, float64");
    await runs.close();
    expect(await open(runs, planned!)).not.toBe(both[0]);
    await runs.close();
  });
});

test("of three runs the two used last stay open, and one at work stays open whatever its age", async () => {
  await withFolder(async ({ location }) => {
    const [a, b, c] = (await storedRuns(location, [5, 6, 7])) as [PlannedRun, PlannedRun, PlannedRun];
    const runs = new OpenRuns(1, () => undefined);
    const first = await open(runs, a);
    const second = await open(runs, b);
    expect(await open(runs, a)).toBe(first); // now b is the one used longest ago
    await open(runs, c);
    expect(await open(runs, a)).toBe(first);
    expect(await open(runs, b)).not.toBe(second);
    await runs.use(c.folder.uri, async (held) => {
      await open(runs, a);
      await open(runs, b);
      await open(runs, a);
      expect(await isClosed(held)).toBe(false);
      expect(await open(runs, c)).toBe(held);
    });
    await runs.close();
  });
});

test("a run that could not be opened is tried again by the next chunk", async () => {
  await withFolder(async ({ location }) => {
    const [planned] = (await storedRuns(location, [5])) as [PlannedRun];
    const { folder, files } = planned;
    const runs = new OpenRuns(1, () => undefined);
    await folder.remove("input/program.bin");
    const failed = open(runs, planned);
    await expect(failed).rejects.toBeInstanceOf(PermanentError);
    await expect(failed).rejects.toThrow(/lacks input\/program\.bin/);
    await folder.write("input/program.bin", files.get("input/program.bin")!);
    expect((await open(runs, planned)).program).toEqual(planned.program);
    await runs.close();
  });
});

test("what the process has read of a run is used while the folder holds just that, and else the folder's", async () => {
  await withFolder(async ({ location }) => {
    const [planned] = (await storedRuns(location, [5])) as [PlannedRun];
    const runs = new OpenRuns(1, () => undefined);
    runs.preload(planned.folder.uri, planned);
    expect((await open(runs, planned)).program).toBe(planned.program);
    await runs.close();
    const { spec } = planned;
    const file = { ...spec.stored.program, sha256: "0".repeat(64) }; // as if another submission had come first
    const other = { ...planned, spec: { ...spec, stored: { ...spec.stored, program: file } } };
    runs.preload(planned.folder.uri, other);
    const opened = await open(runs, planned);
    expect(opened.program).not.toBe(planned.program);
    expect(opened.program).toEqual(planned.program);
    await runs.close();
  });
});
