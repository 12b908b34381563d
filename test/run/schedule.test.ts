import { appendFileSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ScheduleStanding } from "../../src/queue/schedule.js";
import { namesIn } from "../../src/shared/options/submit-options.js";
import { Jac, jac, ROOT, temporaryFolder } from "../helpers/jac.js";
import { forgetQueues, freshQueueUrl } from "../helpers/redis.js";

const FIXTURE = join(ROOT, "test/fixtures/oracle/keras3/seed-lstm");
const MODEL = join(FIXTURE, "keras3.h5");
const EACH_SECOND = "* * * * * *"; // with a field of seconds before the five usual ones

let folder: ReturnType<typeof temporaryFolder>;
let queue: string;
let series: string;
let workers: Jac[];

beforeEach(() => {
  folder = temporaryFolder();
  queue = freshQueueUrl();
  series = join(folder.path, "series.csv");
  copyFileSync(join(FIXTURE, "series.csv"), series);
  workers = [];
});
afterEach(async () => {
  for (const worker of workers) worker.kill("SIGKILL");
  await Promise.all(workers.map((worker) => worker.finished));
  folder.remove();
});
afterAll(forgetQueues);

function add(cron: string, ...args: string[]): ReturnType<typeof jac> {
  const submission = [series, "--model", MODEL, "--out", join(folder.path, "runs"), ...args];
  return jac(["schedule", "add", "nightly", "--cron", cron, "--queue", queue, "--", ...submission]);
}

async function standing(): Promise<ScheduleStanding | undefined> {
  const { stdout } = await jac(["schedule", "list", "--json", "--queue", queue]);
  return (JSON.parse(stdout) as ScheduleStanding[])[0];
}

async function until(condition: (standing: ScheduleStanding) => boolean): Promise<ScheduleStanding> {
  for (;;) {
    const now = await standing();
    if (now !== undefined && condition(now)) return now;
    await sleep(200);
  }
}

function startWorker(): void {
  workers.push(new Jac(["worker", "--queue", queue, "--workers", "1"]));
}

describe("jac schedule", () => {
  it("submits at its times, does nothing while the inputs are the same, and again when they change", async () => {
    expect((await add(EACH_SECOND)).code).toBe(0);
    startWorker();
    const first = await until(({ firings }) => firings.some(({ result }) => result === "unchanged"));
    const submitted = first.firings.filter(({ result }) => result === "submitted");
    expect(submitted).toHaveLength(1);
    const [run] = submitted.map((firing) => firing.run);
    expect(first.firings.find(({ result }) => result === "unchanged")?.run).toBe(run);
    const listed = await jac(["list", "--out", join(folder.path, "runs")]);
    expect(listed.stdout).toMatch(new RegExp(`${run}  done`));
    appendFileSync(series, "0.1,0.2,0.3,0.4,0.5\n");
    const second = await until(
      ({ firings }) => firings.filter(({ result }) => result === "submitted").length === 2,
    );
    expect(
      new Set(second.firings.filter(({ result }) => result === "submitted").map((firing) => firing.run)).size,
    ).toBe(2);
  });

  it("shows times that no worker was there for", async () => {
    await add(EACH_SECOND);
    await sleep(2500);
    const overdue = await jac(["schedule", "list", "--json", "--queue", queue]);
    const [before] = JSON.parse(overdue.stdout) as ScheduleStanding[];
    expect(Date.parse(before?.next ?? "")).toBeLessThan(Date.now());
    expect(before?.firings).toEqual([]);
    startWorker();
    const after = await until(({ firings }) => firings.some(({ result }) => result === "missed"));
    expect(after.firings.filter(({ result }) => result === "missed").length).toBeGreaterThanOrEqual(1);
  });

  it("notes the line with which a submission was refused", async () => {
    await add(EACH_SECOND, "--target", "layer:none");
    startWorker();
    const { firings } = await until((now) => now.firings.some(({ result }) => result === "refused"));
    const refused = firings.find(({ result }) => result === "refused");
    expect(refused).toMatchObject({ run: null, reason: expect.stringContaining("layer:none") });
  });

  it("is removed by name", async () => {
    await add("0 2 * * *", "--chunk", "5");
    expect((await standing())?.schedule.submission.options).toMatchObject({ chunk: 5 });
    expect((await jac(["schedule", "remove", "nightly", "--queue", queue])).code).toBe(0);
    expect(await standing()).toBeUndefined();
    const again = await jac(["schedule", "remove", "nightly", "--queue", queue]);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("no schedule nightly");
  });

  it("carries every option of a submission, its paths absolute", async () => {
    const words =
      "--scaler s.json --sheet 2 --columns a,b --time-column at --group-by site --target loss --mode batch --method integrated-gradients --steps 9 --baseline s.csv --window 9 --windows 0:5,7 --stride 2 --missing error --engine wasm --precision float64 --chunk 5";
    expect((await add("0 2 * * *", ...words.split(" "))).code).toBe(0);
    const options = {
      model: MODEL,
      scaler: join(ROOT, "s.json"),
      sheet: "2",
      columns: ["a", "b"],
      timeColumn: "at",
      groupBy: "site",
      target: "loss",
      mode: "batch",
      method: "integrated-gradients",
      steps: 9,
      baseline: join(ROOT, "s.csv"),
      window: 9,
      windows: [
        { from: 0, to: 5 },
        { from: 7, to: 8 },
      ],
      stride: 2,
      missing: "error",
      engine: "wasm",
      precision: "float64",
      chunk: 5,
    };
    const noisy = { method: "smoothgrad", samples: 8, noise: 0.2, seed: 7 }; // which go with no baseline
    const all = new Set([...Object.keys(options), ...Object.keys(noisy)]);
    expect([...all].sort()).toEqual([...namesIn("schedule")].sort());
    const submission = { series, out: join(folder.path, "runs"), options };
    expect((await standing())?.schedule.submission).toEqual(submission);
    expect(
      (await add("0 2 * * *", ...Object.entries(noisy).flatMap(([key, value]) => [`--${key}`, `${value}`])))
        .code,
    ).toBe(0);
    expect((await standing())?.schedule.submission.options).toEqual({ model: MODEL, ...noisy });
    const mixed = await add("0 2 * * *", "--method", "smoothgrad", "--baseline", "zero");
    expect([mixed.code, mixed.stderr]).toEqual([2, expect.stringContaining("--baseline goes with --method")]);
    const detached = await add("0 2 * * *", "--detach");
    expect([detached.code, detached.stderr]).toEqual([
      2,
      expect.stringContaining("unknown option '--detach'"),
    ]);
  });

  it("refuses a cron or time zone that is none, and options that jac submit would refuse", async () => {
    const refusals: [string[], RegExp][] = [
      [["--cron", "at night"], /--cron "at night" is not understood/],
      [["--cron", "0 2 * * *", "--tz", "Mars/Olympus"], /--tz Mars\/Olympus is no time zone/],
    ];
    for (const [options, line] of refusals) {
      const { code, stderr } = await jac([
        "schedule",
        "add",
        "nightly",
        ...options,
        "--queue",
        queue,
        "--",
        series,
      ]);
      expect(code).toBe(2);
      expect(stderr.split("\n").filter((text) => !text.includes("appendonly"))[0]).toMatch(line);
    }
    const { code, stderr } = await add("0 2 * * *", "--stride", "0");
    expect(code).toBe(2);
    expect(stderr).toMatch(/'0' is invalid/);
    expect(await standing()).toBeUndefined();
  });
});
