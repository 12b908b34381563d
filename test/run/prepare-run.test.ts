import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { LocalQueue } from "../../src/queue/local-queue.js";
import { type ComputeOptions, computeRun } from "../../src/run/compute-run.js";
import { fireSchedules } from "../../src/run/fire-schedule.js";
import { prepareRun } from "../../src/run/prepare-run.js";
import { readManifest } from "../../src/shared/manifest.js";
import { Phases } from "../../src/shared/phases.js";
import { type TemporaryFolder, temporaryFolder } from "../helpers/folders.js";
import { GRU } from "../helpers/places.js";

const FIXTURE = GRU.folder;
const SERIES = join(FIXTURE, "series.csv"); // 24 windows of 10 rows × 3 features

let folder: TemporaryFolder;
let submission: { series: string; out: string; options: { model: string; chunk: number } };
beforeEach(() => {
  folder = temporaryFolder();
  const options = { model: join(FIXTURE, "keras3.h5"), chunk: 8 };
  submission = { series: SERIES, out: join(folder.path, "runs"), options };
});
afterEach(() => folder.remove());

const prepare = () => prepareRun(SERIES, submission.options, submission.out, new Phases());
const compute = (more: ComputeOptions = {}) =>
  computeRun(SERIES, { ...submission.options, out: submission.out, workers: 1, ...more });
const fire = (queue: LocalQueue) =>
  fireSchedules(queue)({ name: "nightly", cron: "* * * * *", tz: "UTC", submission }, null);

it("a run is stored once: as it was planned at first, whoever prepares it", async () => {
  const first = await prepare();
  expect(first.whole).toBeNull();
  expect(existsSync(submission.out)).toBe(false);
  const { spec, loaded } = await first.store(true);
  expect(loaded?.program.features).toBe(3);
  expect(readdirSync(submission.out)).toEqual([first.run]);
  const second = await prepare();
  expect(second.whole).toBeNull();
  const again = await second.store(false);
  expect(again.loaded).toBeUndefined();
  expect(again.spec).toMatchObject(spec);
  expect(await readManifest(second.folder)).toEqual(again.spec);
});

it("a run that is done is whole as long as every file is there, for the library and for schedules", async () => {
  const { folder: run, outcome } = await compute();
  expect(outcome).toMatchObject({ kind: "ended", manifest: { status: "done", windows: 24 } });
  expect((await prepare()).whole).toEqual(await readManifest(run));
  expect(await fire(new LocalQueue())).toMatchObject({ result: "unchanged" });
  for (const lost of ["report.html", "jacobians/part-00001.arrow"]) {
    rmSync(join(run.location, lost));
    expect((await prepare()).whole).toBeNull();
    const queue = new LocalQueue();
    expect(await fire(queue)).toMatchObject({ result: "submitted" });
    expect(await fire(queue)).toMatchObject({ result: "overlap" });
    expect(await compute()).toMatchObject({ outcome: { kind: "ended", manifest: { status: "done" } } });
    expect(existsSync(join(run.location, lost))).toBe(true);
  }
});

it("inputs that do not fit are refused with nothing written, by the library and in a schedule's record", async () => {
  const series = join(folder.path, "short.csv");
  writeFileSync(series, "a,b,c\n1,2,3\n");
  submission = { ...submission, series };
  await expect(computeRun(series, { ...submission.options, out: submission.out })).rejects.toThrow(/1 row/);
  expect(await fire(new LocalQueue())).toMatchObject({
    result: "refused",
    reason: expect.stringMatching(/1 row/),
  });
  await expect(compute({ stride: 0 })).rejects.toThrow(
    "--stride must be a whole number of at least 1, not 0",
  );
  expect(existsSync(submission.out)).toBe(false);
});
