import { getNextMillis, type Job, type JobSchedulerJson, Queue, Worker } from "bullmq";
import { messageOf, UserError } from "../../shared/errors.js";
import {
  type FireSchedule,
  type Firing,
  parseScheduledSubmission,
  type Schedule,
  type ScheduleBook,
  type ScheduleStanding,
} from "../schedule.js";
import { bullmqOptions } from "./bullmq-options.js";
import { connectRedis, type RedisLink } from "./connect-redis.js";

/** The queue beside that of the runs. */
export const QUEUE = "schedules";
const KEPT = 50; // firings
const LOCK_MS = 30_000;
const CLOSE_MS = 3000;

/** Schedules as BullMQ's job schedulers; what came of each firing is kept in a list beside them. */
export class RedisSchedules implements ScheduleBook {
  readonly #link: RedisLink;
  readonly #queue: Queue;

  /** Takes the connection over: `close` ends it. */
  constructor(link: RedisLink) {
    this.#link = link;
    this.#queue = new Queue(QUEUE, bullmqOptions(link));
    this.#queue.on("error", () => undefined); // the link warns
  }

  /** Rejects with an UnreachableError within 5 s. */
  static async open(url: string, warn: (line: string) => void): Promise<RedisSchedules> {
    return new RedisSchedules(await connectRedis(url, warn));
  }

  async add({ name, cron, tz, submission }: Schedule): Promise<{ next: string }> {
    const next = nextTime(Date.now(), cron, tz);
    const options = { attempts: 3, backoff: 5000, removeOnComplete: true, removeOnFail: { count: 100 } };
    const upsert = this.#queue.upsertJobScheduler(
      name,
      { pattern: cron, tz },
      { name: "fire", data: submission, opts: options },
    );
    await this.#link.promptly(upsert);
    return { next: new Date(next).toISOString() };
  }

  async list(): Promise<ScheduleStanding[]> {
    const schedulers = await this.#link.promptly(this.#queue.getJobSchedulers(0, -1, true));
    const standings: ScheduleStanding[] = [];
    for (const scheduler of schedulers) {
      const schedule = scheduleOf(scheduler);
      if (schedule === null) continue;
      const next = scheduler.next === undefined ? null : new Date(scheduler.next).toISOString();
      standings.push({ schedule, next, firings: await this.#firings(schedule.name) });
    }
    return standings;
  }

  async remove(name: string): Promise<boolean> {
    const removed = await this.#link.promptly(this.#queue.removeJobScheduler(name));
    await this.#link.client.del(this.#key(name));
    return removed;
  }

  async serve(fire: FireSchedule, warn: (line: string) => void): Promise<() => Promise<void>> {
    const worker = new Worker(QUEUE, (job) => this.#fire(job, fire), {
      ...bullmqOptions(this.#link),
      lockDuration: LOCK_MS,
      maxStalledCount: 3,
      runRetryDelay: 1000,
    });
    worker.on("error", () => undefined); // the link warns of outages, the firings tell of failures
    worker.on("failed", (_, error) => warn(`a scheduled submission failed: ${messageOf(error)}`));
    return async () => {
      await Promise.race([worker.close(), new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
    };
  }

  async close(): Promise<void> {
    this.#link.close();
  }

  async #fire(job: Job, fire: FireSchedule): Promise<void> {
    const scheduler = await this.#queue.getJobScheduler(job.repeatJobKey ?? "");
    const schedule = scheduler === undefined ? null : scheduleOf(scheduler);
    if (schedule === null) return; // removed since
    const { name, cron, tz } = schedule;
    const planned = job.opts.prevMillis ?? job.timestamp; // its delay is 0 again by now
    const before = (await this.#firings(name)).find(({ run }) => run !== null)?.run ?? null;
    const outcome = await fire(schedule, before);
    await this.#note(name, { planned: iso(planned), fired: iso(Date.now()), ...outcome });
    // Times that went by while no worker was there; BullMQ goes on with the next one after now.
    for (let time = nextTime(planned, cron, tz), left = KEPT; time < job.processedOn! && left > 0; left--) {
      await this.#note(name, { planned: iso(time), fired: null, result: "missed", run: null, reason: null });
      time = nextTime(time, cron, tz);
    }
  }

  async #note(name: string, firing: Firing): Promise<void> {
    const key = this.#key(name);
    await this.#link.client
      .multi()
      .lpush(key, JSON.stringify(firing))
      .ltrim(key, 0, KEPT - 1)
      .exec();
  }

  async #firings(name: string): Promise<Firing[]> {
    const texts = await this.#link.promptly(this.#link.client.lrange(this.#key(name), 0, -1));
    return texts.map((text) => JSON.parse(text) as Firing);
  }

  #key(name: string): string {
    return `${this.#link.address.prefix}:firings:${name}`;
  }
}

function scheduleOf({ key, pattern, tz, template }: JobSchedulerJson): Schedule | null {
  const submission = parseScheduledSubmission(template?.data);
  return submission && { name: key, cron: pattern ?? "", tz: tz ?? "UTC", submission };
}

/** The first time after this one, in ms. Throws a UserError on a cron or time zone that is none. */
function nextTime(after: number, cron: string, tz: string): number {
  try {
    new Intl.DateTimeFormat("en", { timeZone: tz });
  } catch (cause) {
    throw new UserError(`--tz ${tz} is no time zone; give one such as Europe/Berlin or UTC`, { cause });
  }
  try {
    const next = getNextMillis(after, { pattern: cron, tz });
    if (next !== undefined) return next;
  } catch (cause) {
    throw new UserError(
      `--cron "${cron}" is not understood: ${messageOf(cause)}; give minute hour day month weekday, as in "0 2 * * *"`,
      { cause },
    );
  }
  throw new UserError(`--cron "${cron}" never comes`);
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
