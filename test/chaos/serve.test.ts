import parsePrometheus from "parse-prometheus-text-format";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBrowser } from "../helpers/browser.js";
import { eventually } from "../helpers/eventually.js";
import { folderPerFile } from "../helpers/folders.js";
import { Jac, jac } from "../helpers/jac.js";
import { SEED_LSTM, WEATHER } from "../helpers/places.js";
import { PrivateRedis } from "../helpers/private-redis.js";
import { Serving, TOKEN } from "../helpers/serve.js";

const folder = folderPerFile();
let redis: PrivateRedis;
let serving: Serving;
let browser: Browser;
let page: Page;
const processes: Jac[] = [];

beforeAll(async () => {
  redis = await PrivateRedis.start();
  serving = await Serving.start(redis.url);
  browser = await openBrowser();
  page = await browser.newPage();
});
afterAll(async () => {
  await browser.close();
  for (const each of processes) each.kill("SIGKILL");
  await serving.stop();
  await redis.stop();
});

function startWorker(env: Record<string, string> = {}, ...args: string[]): Jac {
  const worker = new Jac(["worker", "--queue", redis.url, "--workers", "1", ...args], env);
  processes.push(worker);
  return worker;
}

/** The samples of a metric, by its labels' values. */
async function metric(name: string): Promise<Record<string, number>> {
  const families = parsePrometheus(await (await serving.ask("/metrics")).text());
  const family = families.find((each) => each.name === name);
  if (family === undefined) throw new Error(`there is no metric ${name}`);
  return Object.fromEntries(
    family.metrics.map(({ labels, value }) => [Object.values(labels ?? {}).join(" "), Number(value)]),
  );
}

describe("the page of jac serve", () => {
  it("shows in a browser how a run goes on, without being loaded again, and then its report", async () => {
    await page.goto(`${serving.url}/?token=${TOKEN}`);
    expect(page.url()).toBe(`${serving.url}/`); // the token is out of the address
    await page.waitForSelector("text=No runs on this queue yet");
    const submission = ["submit", WEATHER, "--windows", "0:3000", "--chunk", "20"];
    const detached = ["--engine", "reference", "--queue", redis.url, "--detach", "--json"];
    const { json } = await jac([...submission, ...detached, "--out", folder.path]);
    const run = page.locator(`article[data-run="${json.run}"]`);
    const bar = run.locator("[role=progressbar]");
    const done = async (): Promise<number> => Number(await bar.getAttribute("aria-valuenow"));
    await run.waitFor();
    expect(await run.textContent()).toContain("weather.xlsx · EKF-LSTM-1.h5");
    expect(await done()).toBe(0);
    startWorker();
    const seen = new Set<number>();
    await eventually(async () => seen.add(await done()).size >= 4);
    await page.waitForSelector("text=/[1-9][0-9,]* windows\\/s/");
    expect(await run.getAttribute("data-state")).toBe("running");
    expect(await metric("jac_runs")).toMatchObject({ live: 1, done: 0 });
    expect((await metric("jac_chunks"))["active"]).toBeGreaterThan(0);
    await page.waitForSelector(`article[data-run="${json.run}"][data-state="done"]`);
    expect(await done()).toBe(Number(await bar.getAttribute("aria-valuemax")));
    await run.getByRole("link", { name: "report" }).click();
    await page.waitForSelector("h1:has-text('Sensitivity of EKF-LSTM-1.h5 on weather.xlsx')");
    await page.goBack();
  });

  it("counts for Prometheus what the workers did", async () => {
    await eventually(async () => (await metric("jac_jobs_total"))["reduce finished"] === 1); // passed on now and then
    const [{ "": windows }, jobs, seconds, runs, workers] = await Promise.all([
      metric("jac_windows_total"),
      metric("jac_jobs_total"),
      metric("jac_phase_seconds_total"),
      metric("jac_runs"),
      metric("jac_workers"),
    ]);
    const manifest = JSON.parse((await jac(["list", "--out", folder.path, "--json"])).stdout)[0];
    expect(manifest.windows).toBeGreaterThan(0);
    expect(windows).toBe(manifest.windows);
    expect(jobs).toMatchObject({
      "chunk finished": manifest.chunks,
      "chunk retrying": 0,
    });
    expect(seconds["compute"]).toBeGreaterThan(seconds["slice"] ?? Number.POSITIVE_INFINITY);
    expect(runs).toMatchObject({ live: 0, done: 1 });
    expect(workers).toEqual({ "": 1 });
    expect(await metric("jac_queue_age_seconds")).toEqual({ "": 0 });
  });

  it("names the windows of a chunk that ends its worker each time, and counts the stalls", async () => {
    for (const worker of processes) worker.kill("SIGKILL");
    const submission = ["submit", SEED_LSTM.series, "--model", SEED_LSTM.model];
    const { json } = await jac([
      ...submission,
      "--chunk",
      "5",
      "--out",
      folder.path,
      "--queue",
      redis.url,
      "--detach",
      "--json",
    ]);
    const poisoned = startWorker({ JAC_TEST_FAILPOINT: "chunk:started#2" }, "--concurrency", "1");
    await poisoned.finished; // it had chunk 2 alone
    startWorker({}, "--max-starts", "1");
    const run = page.locator(`article[data-run="${json.run}"][data-state="partial"]`);
    await page.goto(`${serving.url}/`);
    await run.waitFor();
    expect(await run.textContent()).toMatch(
      /chunk 2 \(windows 10 to 14\): given up, given up after 1 starts/,
    );
    await eventually(async () => (await metric("jac_stalls_total"))[""]! > 0);
    expect(await metric("jac_jobs_total")).toMatchObject({ "chunk given-up": 1 });
  });

  it("says that the queue is away, keeps what it last saw, and finds the queue again", async () => {
    await redis.kill();
    await page.waitForSelector("p.problem:has-text('cannot be reached')");
    expect(await page.locator("article").count()).toBe(2);
    expect((await serving.ask("/readyz")).status).toBe(503);
    expect((await serving.ask("/healthz")).status).toBe(200);
    await redis.start();
    await page.waitForSelector("p.problem", { state: "detached" });
    expect((await serving.ask("/readyz")).status).toBe(200);
  });
});
