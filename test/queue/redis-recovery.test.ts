import { Redis } from "ioredis";
import { afterAll, describe, expect, it } from "vitest";
import { RedisQueue } from "../../src/queue/redis/redis-queue.js";
import { eventually } from "../helpers/eventually.js";
import { forgetQueues, freshQueueUrl, REDIS_URL } from "../helpers/redis.js";

const folder = "file:///nowhere";
const run = "r00000000000000a";

afterAll(forgetQueues);

async function withQueue(
  test: (queue: RedisQueue, client: Redis, prefix: string) => Promise<void>,
): Promise<void> {
  const url = freshQueueUrl();
  const queue = await RedisQueue.open(url, () => undefined);
  const client = new Redis(REDIS_URL);
  try {
    await test(queue, client, `{${new URL(url).searchParams.get("prefix")}}`);
  } finally {
    await queue.close();
    await client.quit();
  }
}

async function keysOf(client: Redis, pattern: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const some of client.scanStream({ match: pattern.replace(/[[\]]/g, "\\$&"), count: 1000 }))
    keys.push(...some);
  return keys;
}

describe("a run on Redis that can never end", () => {
  it("because its chunks are gone is seen to be stuck, and is enqueued anew when submitted", async () => {
    await withQueue(async (queue, client, prefix) => {
      await queue.enqueue({ run, folder, chunks: [0, 1, 2] });
      const jobs = (await keysOf(client, `${prefix}:runs:${run}-*`)).filter((key) => /-\d$/.test(key));
      expect(jobs).toHaveLength(3);
      await client.unlink(...jobs);
      await client.del(`${prefix}:runs:wait`);
      await eventually(async () => (await queue.progress(run)).state === "stuck");
      expect((await queue.progress(run)).reason).toMatch(/chunks are gone/);
      expect(await queue.enqueue({ run, folder, chunks: [0, 1, 2] })).toBe("enqueued");
      expect((await queue.progress(run)).state).toBe("running");
    });
  });

  it("because its reduce step is gone is seen to be stuck at once", async () => {
    await withQueue(async (queue, client, prefix) => {
      await queue.enqueue({ run, folder, chunks: [0] });
      const parents = (await keysOf(client, `${prefix}:runs:${run}-*`)).filter((key) =>
        /-[0-9a-f]{8}$/.test(key),
      );
      await client.unlink(...parents);
      expect(await queue.progress(run)).toMatchObject({
        state: "stuck",
        reason: expect.stringMatching(/jobs are gone/),
      });
    });
  });

  it("because the enqueueing process died is seen to be stuck, and is enqueued anew when submitted", async () => {
    await withQueue(async (queue, client, prefix) => {
      await client.hset(`${prefix}:run:${run}`, { flow: "0badcafe", folder, state: "enqueueing", total: 1 });
      expect(await queue.progress(run)).toMatchObject({
        state: "stuck",
        reason: expect.stringMatching(/interrupted/),
      });
      expect(await queue.enqueue({ run, folder, chunks: [0] })).toBe("enqueued");
    });
  });

  it("keeps nothing but its record once it has ended", async () => {
    await withQueue(async (queue, client, prefix) => {
      const handlers = {
        chunk: async () => undefined,
        reduce: async () => undefined,
        fail: async () => undefined,
      };
      const worker = await queue.work(handlers, { concurrency: 2, maxStarts: 5, warn: () => undefined });
      await queue.enqueue({ run, folder, chunks: [0, 1, 2] });
      await eventually(async () => (await queue.progress(run)).state === "done");
      await worker.close(1000);
      expect(await keysOf(client, `${prefix}:*${run}*`)).toEqual([`${prefix}:run:${run}`]);
      expect(await client.ttl(`${prefix}:run:${run}`)).toBeGreaterThan(0);
    });
  });
});
