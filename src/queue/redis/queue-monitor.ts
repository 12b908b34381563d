import { type Job, Queue } from "bullmq";
import type { RunProgress } from "../run-queue.js";
import type { ScheduleStanding } from "../schedule.js";
import { bullmqOptions } from "./bullmq-options.js";
import { connectRedis, type RedisLink } from "./connect-redis.js";
import { type JobData, parentId, QUEUE, reasonsOf } from "./job-data.js";
import { RedisQueue } from "./redis-queue.js";
import { RedisSchedules, QUEUE as SCHEDULES } from "./redis-schedules.js";
import { type RunRecord, RunRecords } from "./run-records.js";
import { RunTotals, type Totals } from "./run-totals.js";

const JOBS = 200; // looked at one by one

/** Jobs of the queue by state. */
export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number; // between two attempts
  readonly failed: number; // given up
}

/** A chunk that is being worked on, or waits for its next attempt. */
export interface LiveChunk {
  readonly run: string;
  readonly chunk: number | null; // null: the reduce step
  readonly state: "active" | "retrying";
  readonly attempts: number; // that have failed
  readonly reason: string | null; // why the last one failed
}

/** Looks at a queue without taking part in it. Where the server is away, all of it rejects after a few seconds. */
export class QueueMonitor {
  readonly label: string; // the queue's address without its secrets
  readonly #queue: RedisQueue;
  readonly #schedules: RedisSchedules;
  readonly #records: RunRecords;
  readonly #totals: RunTotals;
  readonly #jobs: Queue<JobData>;
  readonly #firings: Queue;

  private constructor(readonly link: RedisLink) {
    const { client, address } = link;
    const options = bullmqOptions(link);
    this.label = address.label;
    this.#queue = new RedisQueue(link);
    this.#schedules = new RedisSchedules(link);
    this.#records = new RunRecords(client, address.prefix);
    this.#totals = new RunTotals(client, address.prefix);
    this.#jobs = new Queue<JobData>(QUEUE, options);
    this.#firings = new Queue(SCHEDULES, options);
    for (const queue of this.boards) queue.on("error", () => undefined); // the link warns
  }

  /** Rejects with an UnreachableError within 5 s. */
  static async open(url: string, warn: (line: string) => void): Promise<QueueMonitor> {
    return new QueueMonitor(await connectRedis(url, warn));
  }

  /** The queues as BullMQ's own tools take them. */
  get boards(): readonly Queue[] {
    return [this.#jobs, this.#firings];
  }

  /** The runs that the queue remembers, at most so many, the one enqueued last first. */
  async runs(most: number): Promise<ReadonlyMap<string, RunRecord>> {
    return await this.link.promptly(this.#records.latest(most));
  }

  async progress(run: string): Promise<RunProgress> {
    return await this.link.promptly(this.#queue.progress(run));
  }

  async schedules(): Promise<ScheduleStanding[]> {
    return await this.link.promptly(this.#schedules.list());
  }

  async workers(): Promise<number> {
    return await this.link.promptly(this.#records.workers());
  }

  async counts(): Promise<QueueCounts> {
    const {
      waiting = 0,
      prioritized = 0,
      active = 0,
      delayed = 0,
      failed = 0,
    } = await this.link.promptly(
      this.#jobs.getJobCounts("waiting", "prioritized", "active", "delayed", "failed"),
    );
    return { waiting: waiting + prioritized, active, delayed, failed };
  }

  /** Seconds since the job that is next in line was enqueued; 0 where none waits. */
  async age(): Promise<number> {
    const [next] = await this.link.promptly(this.#jobs.getJobs(["waiting"], 0, 0, true));
    return next === undefined ? 0 : Math.max(0, (Date.now() - next.timestamp) / 1000);
  }

  /** What is being worked on or waits for its next attempt: the first few hundred. */
  async live(): Promise<LiveChunk[]> {
    const [active, delayed] = await this.link.promptly(
      Promise.all([this.#jobs.getActive(0, JOBS - 1), this.#jobs.getDelayed(0, JOBS - 1)]),
    );
    return [
      ...active.map((job) => liveChunk(job, "active")),
      ...delayed.map((job) => liveChunk(job, "retrying")),
    ];
  }

  /** Why chunks of a run were given up so far, by index. */
  async failures(run: string, flow: string): Promise<ReadonlyMap<number, string>> {
    const parent = await this.link.promptly(this.#jobs.getJob(parentId(run, flow)));
    return parent === undefined ? new Map() : await this.link.promptly(reasonsOf(parent));
  }

  /** What the workers have added up, of all runs or of one. */
  async totals(run?: string): Promise<Totals> {
    return await this.link.promptly(run === undefined ? this.#totals.all() : this.#totals.ofRun(run));
  }

  async close(): Promise<void> {
    this.link.close();
  }
}

function liveChunk(job: Job<JobData>, state: LiveChunk["state"]): LiveChunk {
  const { run, chunk } = job.data;
  return {
    run,
    chunk: chunk ?? null,
    state,
    attempts: job.attemptsMade,
    reason: job.failedReason || null,
  };
}
