import { appendFileSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { ScheduleStanding } from "../../src/queue/schedule.js";
import { namesIn } from "../../src/shared/options/option-values.js";
import { eventually } from "../helpers/eventually.js";
import { folderPerTest } from "../helpers/folders.js";
import { complaintsOf, jac } from "../helpers/jac.js";
import { ROOT, SEED_LSTM } from "../helpers/places.js";
import { forgetQueues, freshQueueUrl } from "../helpers/redis.js";
import { workersPerTest } from "../helpers/workers.js";

const EACH_SECOND = "* * * * * *"; // with a field of seconds before the five usual ones

const folder = folderPerTest();
const workers = workersPerTest();
let queue: string;
let series: string;
beforeEach(() => {
  queue = freshQueueUrl();
  series = join(folder.path, "series.csv");
  copyFileSync(SEED_LSTM.series, series);
});
afterAll(forgetQueues);

function add(cron: string, ...args: string[]): ReturnType<typeof jac> {
  const submission = [series, "--model", SEED_LSTM.model, "--out", join(folder.path, "runs"), ...args];
  return jac(["schedule", "add", "nightly", "--cron", cron, "--queue", queue, "--", ...submission]);
}

async function standing(): Promise<ScheduleStanding | undefined> {
  const { stdout } = await jac(["schedule", "list", "--json", "--queue", queue]);
  return (JSON.parse(stdout) as ScheduleStanding[])[0];
}

function until(condition: (standing: ScheduleStanding) => boolean): Promise<ScheduleStanding> {
  return eventually(async () => {
    const now = await standing();
    return now !== undefined && condition(now) ? now : null;
  }, 200);
}

describe("jac schedule", () => {
  it("submits at its times, does nothing while the inputs are the same, and again when they change", async () => {
    expect((await add(EACH_SECOND)).code).toBe(0);
    workers.start(queue);
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
    const times = second.firings.map(({ planned }) => planned);
    expect(new Set(times).size).toBe(times.length); // what was made at its time is not noted as missed as well
  });

  it("shows times that no worker was there for", async () => {
    await add(EACH_SECOND);
    await sleep(2500);
    const overdue = await jac(["schedule", "list", "--json", "--queue", queue]);
    const [before] = JSON.parse(overdue.stdout) as ScheduleStanding[];
    const overdueSince = Date.parse(before?.next ?? "");
    expect(before?.firings).toEqual([]);
    const missedSince = Array.from(
      { length: Math.floor((Date.now() - overdueSince) / 1000) },
      (_, i) => overdueSince + 1000 * (i + 1),
    );
    expect(missedSince.length).toBeGreaterThan(0);
    workers.start(queue);
    const missed = ({ firings }: ScheduleStanding) => firings.filter(({ result }) => result === "missed");
    const after = await until((now) => missed(now).length >= missedSince.length);
    // The time that was overdue is made up for; each one after it that had gone by is noted once, as not made up for.
    expect(after.firings.filter(({ planned }) => Date.parse(planned) === overdueSince)).toMatchObject([
      { result: "submitted", fired: expect.any(String) },
    ]);
    const times = missed(after)
      .map(({ planned }) => Date.parse(planned))
      .sort((a, b) => a - b);
    expect(times).toEqual(expect.arrayContaining(missedSince));
    // A busy machine may miss later ones too: none twice, and none that was made.
    expect(new Set(times).size).toBe(times.length);
    const made = after.firings.filter(({ fired }) => fired !== null);
    expect(made.filter(({ planned }) => times.includes(Date.parse(planned)))).toEqual([]);
    for (const { fired, run } of missed(after)) expect([fired, run]).toEqual([null, null]);
  });

  it("notes the line with which a submission was refused", async () => {
    await add(EACH_SECOND, "--target", "layer:none");
    workers.start(queue);
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
      "--scaler s.json --sheet 2 --columns a,b --time-column at --group-by site --target loss --outputs 0,1 --output-names c,d --mode full --memory 2GiB --method integrated-gradients --steps 9 --baseline s.csv --window 9 --windows 0:5,7 --stride 2 --missing error --engine wasm --precision float64 --chunk 5";
    expect((await add("0 2 * * *", ...words.split(" "))).code).toBe(0);
    const options = {
      model: SEED_LSTM.model,
      scaler: join(ROOT, "s.json"),
      sheet: "2",
      columns: ["a", "b"],
      timeColumn: "at",
      groupBy: "site",
      target: "loss",
      outputs: ["0", "1"],
      outputNames: ["c", "d"],
      mode: "full",
      memory: 2 ** 31,
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
    expect((await standing())?.schedule.submission.options).toEqual({ model: SEED_LSTM.model, ...noisy });
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
      expect(complaintsOf({ stderr })).toEqual([expect.stringMatching(line)]);
    }
    const { code, stderr } = await add("0 2 * * *", "--stride", "0");
    expect(code).toBe(2);
    expect(stderr).toMatch(/'0' is invalid/);
    expect(await standing()).toBeUndefined();
  });
});
