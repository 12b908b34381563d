import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { RedisQueue } from "../../src/queue/redis/redis-queue.js";
import { temporaryFolder } from "../helpers/folders.js";
import { Jac, jac } from "../helpers/jac.js";
import { FIXTURES } from "../helpers/places.js";
import { PrivateRedis } from "../helpers/private-redis.js";

const CHUNKS = 20_000;
const MODEL = join(FIXTURES, "oracle/keras3/simple-rnn/keras3.h5"); // windows of 8 rows × 2 features
const MEMORY = "/dev/shm"; // 40,000 small files, each made safe on the disk, would take minutes on a real one

let cleanUp: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
  cleanUp = [];
});

/** The most memory a process has had, MB. */
function peakMemory(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
}

describe("20,000 tiny chunks", () => {
  it("are enqueued in at most 5 s, with little memory a job", async () => {
    const redis = await PrivateRedis.start();
    cleanUp.push(() => redis.stop());
    const queue = await RedisQueue.open(redis.url, () => undefined);
    cleanUp.push(() => queue.close());
    const used = (): Promise<number> =>
      redis.ask(async (client) => Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1]));
    const before = await used();
    const began = performance.now();
    const run = "r0123456789abcde";
    const folder = "file:///var/lib/jac-runs/r0123456789abcde";
    const chunks = Array.from({ length: CHUNKS }, (_, index) => index);
    expect(await queue.enqueue({ run, folder, chunks })).toBe("enqueued");
    const seconds = (performance.now() - began) / 1000;
    const bytes = ((await used()) - before) / CHUNKS;
    console.log(
      `${CHUNKS} chunks enqueued in ${seconds.toFixed(1)} s, ${bytes.toFixed(0)} bytes of Redis a job`,
    );
    expect(seconds).toBeLessThanOrEqual(5);
    expect(bytes).toBeLessThan(2500);
    expect(await queue.progress(run)).toMatchObject({ state: "running", done: 0, total: CHUNKS });
    expect(await queue.cancel(run)).toBe("cancelled");
    expect(await redis.ask((client) => client.dbsize())).toBeLessThan(20);
  });

  it("are reduced in memory that does not grow with them", async () => {
    const folder = temporaryFolder(existsSync(MEMORY) ? MEMORY : undefined);
    cleanUp.push(() => folder.remove());
    const rows = Array.from({ length: CHUNKS + 7 }, (_, row) => `${Math.sin(row / 9)},${Math.cos(row / 31)}`);
    const series = join(folder.path, "series.csv");
    writeFileSync(series, `u1,u2\n${rows.join("\n")}\n`);

    /** The peak memory of a process that does nothing but reduce a run of so many chunks. */
    async function reduce(windows: number): Promise<{ memory: number; seconds: number }> {
      const command = ["submit", series, "--model", MODEL, "--chunk", "1", "--windows", `0:${windows}`];
      const options = ["--out", folder.path, "--json"];
      const computed = await jac([...command, ...options], { JAC_TEST_FAILPOINT: "reduce:started" });
      expect(computed.signal).toBe("SIGKILL");
      const reducing = new Jac([...command, ...options]);
      let memory = 0;
      while (!reducing.ended) {
        if (existsSync(`/proc/${reducing.pid}/status`)) memory = Math.max(memory, peakMemory(reducing.pid));
        await sleep(50);
      }
      const { json } = await reducing.finished;
      expect(json).toMatchObject({ status: "done", windows, chunks: windows });
      return { memory, seconds: json.phases["reduce"] ?? 0 };
    }

    const few = await reduce(CHUNKS / 10);
    const many = await reduce(CHUNKS);
    for (const [count, { memory, seconds }] of [
      [CHUNKS / 10, few],
      [CHUNKS, many],
    ] as const) {
      console.log(`${count} chunks reduced in ${seconds.toFixed(1)} s, at most ${memory.toFixed(0)} MB`);
    }
    expect(many.memory).toBeLessThan(few.memory + 100);
  });
});
