import type { RunQueue } from "../queue/run-queue.js";
import type { ScheduleBook } from "../queue/schedule.js";

/**
 * Opens the queue of a URL; its libraries are loaded only then. Rejects with an UnreachableError within 5 s where it
 * cannot be reached; `warn` hears of what an operator should know, and of later outages, a line each.
 */
export async function openQueue(url: string, warn: (line: string) => void): Promise<RunQueue> {
  const { RedisQueue } = await import("../queue/redis/redis-queue.js");
  return await RedisQueue.open(url, warn);
}

/** Opens the schedules beside the queue of a URL, in the same way. */
export async function openSchedules(url: string, warn: (line: string) => void): Promise<ScheduleBook> {
  const { RedisSchedules } = await import("../queue/redis/redis-schedules.js");
  return await RedisSchedules.open(url, warn);
}
