import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { RedisQueue } from "../../src/queue/redis/redis-queue.js";
import { forgetQueues, freshQueueUrl, waitingJobs } from "../helpers/redis.js";
import { describeRunQueue } from "./queue-conformance.js";

describeRunQueue("RedisQueue", () => RedisQueue.open(freshQueueUrl(), () => undefined));

test("a run that is cancelled while its jobs are being enqueued leaves none of them behind", async () => {
  const url = freshQueueUrl();
  const queue = await RedisQueue.open(url, () => undefined);
  try {
    const run = "r0123456789abcde";
    const chunks = Array.from({ length: 3000 }, (_, i) => i);
    const enqueued = queue.enqueue({ run, folder: "file:///nowhere", chunks });
    let answer = await queue.cancel(run);
    for (; answer === "unknown"; answer = await queue.cancel(run)) await sleep(1);
    expect(answer).toBe("cancelled");
    await enqueued;
    expect(await waitingJobs(url)).toBe(0);
    expect((await queue.progress(run)).state).toBe("cancelled");
  } finally {
    await queue.close();
  }
});

afterAll(forgetQueues);
