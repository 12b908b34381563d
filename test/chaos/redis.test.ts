import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../helpers/eventually.js";
import { folderPerTest } from "../helpers/folders.js";
import { jac } from "../helpers/jac.js";
import { WEATHER } from "../helpers/places.js";
import { redisPerTest } from "../helpers/private-redis.js";
import { digests, partsOf } from "../helpers/run-files.js";
import { workersPerTest } from "../helpers/workers.js";

const submission = ["submit", WEATHER, "--engine", "reference", "--windows", "3000:5000", "--chunk", "40"];

const folder = folderPerTest();
const server = redisPerTest();
const workers = workersPerTest();
beforeEach(() => {
  for (let i = 0; i < 2; i++) workers.start(server.redis.url);
});

function options(out: string): string[] {
  return ["--out", join(folder.path, out), "--json"];
}

/** Chunks that the workers' logs say they computed. */
function computed(): number {
  return workers.all.reduce((sum, { stderr }) => sum + (stderr.match(/chunk finished/g)?.length ?? 0), 0);
}

describe("Redis", () => {
  it("flushed in mid-run: the submit says that the run stands still, and jac resume computes only what is missing", async () => {
    const quiet = await jac([...submission, ...options("quiet")]);
    const running = jac([...submission, ...options("wild"), "--queue", server.redis.url]);
    const dir = join(folder.path, "wild", quiet.json.run);
    await eventually(() => partsOf(dir).length >= 5);
    await server.redis.ask((client) => client.flushall());
    const stranded = await running;
    expect(stranded.code).toBe(1);
    expect(stranded.stderr).toMatch(/stands still.*jac resume r/);
    const kept = partsOf(dir).length;
    expect(kept).toBeLessThan(quiet.json.chunks);
    const before = computed();
    const resumed = await jac(["resume", quiet.json.run, ...options("wild"), "--queue", server.redis.url]);
    expect(resumed.code).toBe(0);
    expect(resumed.json.status).toBe("done");
    await eventually(() => computed() - before >= quiet.json.chunks - kept);
    expect(computed() - before).toBe(quiet.json.chunks - kept);
    expect(digests(dir)).toEqual(digests(quiet.json.dir));
  });

  it("away for 30 s in mid-run: nothing is lost, and a submit meanwhile fails within 5 s with exit code 3", async () => {
    const quiet = await jac([...submission, ...options("quiet")]);
    const running = jac([...submission, ...options("wild"), "--queue", server.redis.url]);
    const dir = join(folder.path, "wild", quiet.json.run);
    await eventually(() => partsOf(dir).length >= 5);
    await server.redis.kill();
    const began = Date.now();
    const refused = await jac([...submission, ...options("other"), "--queue", server.redis.url]);
    const took = Date.now() - began;
    await sleep(30_000 - took);
    await server.redis.start();
    expect(refused.code).toBe(3);
    expect(took).toBeLessThan(5000);
    const { code, json, stderr } = await running;
    expect(code).toBe(0);
    expect(json.status).toBe("done");
    expect(stderr.match(/lost the queue/g)).toHaveLength(1);
    expect(stderr.match(/is back/g)).toHaveLength(1);
    expect(digests(dir)).toEqual(digests(quiet.json.dir));
    for (const worker of workers.all) {
      expect(worker.ended).toBe(false);
      expect(worker.stderr.match(/lost the queue/g)).toHaveLength(1);
    }
  });
});
