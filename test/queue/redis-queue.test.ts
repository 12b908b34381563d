import { afterAll } from "vitest";
import { RedisQueue } from "../../src/queue/redis/redis-queue.js";
import { forgetQueues, freshQueueUrl } from "../helpers/redis.js";
import { describeRunQueue } from "./queue-conformance.js";

describeRunQueue("RedisQueue", () => RedisQueue.open(freshQueueUrl(), () => undefined));

afterAll(forgetQueues);
