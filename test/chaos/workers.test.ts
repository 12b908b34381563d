import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { eventually } from "../helpers/eventually.js";
import { folderPerTest } from "../helpers/folders.js";
import { jac } from "../helpers/jac.js";
import { SEED_LSTM, WEATHER } from "../helpers/places.js";
import { redisPerTest } from "../helpers/private-redis.js";
import { digests, partsOf } from "../helpers/run-files.js";
import { workersPerTest } from "../helpers/workers.js";

/** 24 windows in 5 chunks. */
const SMALL = ["submit", SEED_LSTM.series, "--model", SEED_LSTM.model, "--chunk", "5"];
const LARGE = ["submit", WEATHER, "--engine", "reference", "--windows", "3000:4000"];

const folder = folderPerTest();
const server = redisPerTest();
const workers = workersPerTest();

function options(out: string, queue?: string): string[] {
  return ["--out", join(folder.path, out), "--json", ...(queue === undefined ? [] : ["--queue", queue])];
}

describe("a worker", () => {
  it("stopped past its lock and continued commits nothing twice", async () => {
    const submission = [...LARGE, "--chunk", "200"];
    const quiet = await jac([...submission, ...options("quiet")]);
    const stopped = workers.start(server.redis.url);
    const running = jac([...submission, ...options("wild", server.redis.url)]);
    const dir = join(folder.path, "wild", quiet.json.run);
    await eventually(() => partsOf(dir).length >= 1);
    stopped.kill("SIGSTOP");
    workers.start(server.redis.url);
    const { code, json } = await running; // the other has taken its chunks over
    stopped.kill("SIGCONT");
    expect(code).toBe(0);
    expect(json).toMatchObject({ status: "done", windows: quiet.json.windows });
    await stopped.says("released");
    await sleep(1000);
    expect(digests(dir)).toEqual(digests(quiet.json.dir));
    expect(readdirSync(join(dir, "jacobians")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("killed at each step of a commit or of the reduction leaves a run that another ends", async () => {
    const quiet = await jac([...SMALL, ...options("quiet")]);
    const points = [
      "chunk:started",
      "chunk:computed",
      "commit:written",
      "commit:linked",
      "chunk:partial-committed",
      "chunk:committed",
      "reduce:started",
      "reduce:written",
    ];
    await Promise.all(
      points.map(async (point, place) => {
        const queue = `${server.redis.url}?prefix=jac${place}`;
        const victim = workers.start(queue, [], { JAC_TEST_FAILPOINT: point });
        const running = jac([...SMALL, ...options(point.replace(":", "-"), queue)]);
        expect((await victim.finished).signal, point).toBe("SIGKILL");
        workers.start(queue);
        const { json } = await running;
        expect(json, point).toMatchObject({ status: "done", windows: 24 });
        expect(digests(json.dir), point).toEqual(digests(quiet.json.dir));
      }),
    );
  });

  it("killed by one chunk each time gives that chunk up after the stated starts, and computes the others", async () => {
    const quiet = await jac([...SMALL, ...options("quiet")]);
    const poison = { JAC_TEST_FAILPOINT: "chunk:started#2" };
    let deaths = 0;
    let over = false;
    const supervisor = async (): Promise<void> => {
      while (!over) {
        const { signal } = await workers.start(server.redis.url, ["--max-starts", "3"], poison).finished;
        if (signal === "SIGKILL" && !over) deaths += 1;
      }
    };
    void supervisor();
    const { code, json, stderr } = await jac([...SMALL, ...options("wild", server.redis.url)]);
    over = true;
    expect(deaths).toBe(3);
    expect(code).toBe(1);
    expect(json).toMatchObject({ status: "partial", windows: 19 });
    expect(json.failed).toMatchObject([
      { index: 2, from: 10, count: 5, reason: expect.stringMatching(/after 3 starts/) },
    ]);
    expect(stderr).toMatch(/windows 10 to 14 \(chunk 2: given up after 3 starts/);
    expect(partsOf(json.dir)).toEqual([0, 1, 3, 4]);
    const whole = digests(quiet.json.dir);
    for (const [name, digest] of Object.entries(digests(json.dir))) {
      if (/^(jacobians|partials)/.test(name)) expect(digest).toBe(whole[name]);
    }
  });
});
