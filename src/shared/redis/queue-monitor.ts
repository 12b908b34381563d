import { type Job, Queue } from "bullmq";
import type { RunProgress } from "../run-queue.js";
import { connectRedis, type RedisLink } from "./connect-redis.js";
import { type JobData, parentId, QUEUE } from "./job-data.js";
import { RedisQueue } from "./redis-queue.js";
import { QUEUE as SCHEDULES } from "./redis-schedules.js";
import { type RunRecord, RunRecords } from "./run-records.js";
import { RunTotals, type Totals } from "./run-totals.js";

const JOBS = 500; // looked at one by one
const PING_MS = 2000;

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
  readonly #records: RunRecords;
  readonly #totals: RunTotals;
  readonly #runs: Queue<JobData>;
  readonly #schedules: Queue;

  private constructor(
    readonly link: RedisLink,
    readonly queue: RedisQueue,
  ) {
    const { client, address } = link;
    const options = { connection: client, prefix: address.prefix, skipVersionCheck: true };
    this.label = address.label;
    this.#records = new RunRecords(client, address.prefix);
    this.#totals = new RunTotals(client, address.prefix);
    this.#runs = new Queue<JobData>(QUEUE, options);
    this.#schedules = new Queue(SCHEDULES, options);
    for (const queue of this.boards) queue.on("error", () => undefined); // the link warns
  }

  /** Rejects with an UnreachableError within 5 s. */
  static async open(url: string, warn: (line: string) => void): Promise<QueueMonitor> {
    const link = await connectRedis(url, warn);
    return new QueueMonitor(link, await RedisQueue.open(url, () => undefined));
  }

  /** The queues as BullMQ's own tools take them. */
  get boards(): readonly Queue[] {
    return [this.#runs, this.#schedules];
  }

  /** Rejects unless the server answers soon. */
  async ping(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("no answer")), PING_MS);
    });
    await Promise.race([this.link.client.ping(), late]).finally(() => clearTimeout(timer));
  }

  /** The runs that the queue knows, those enqueued last first. */
  async runs(): Promise<ReadonlyMap<string, RunRecord>> {
    return await this.link.promptly(this.#records.all());
  }

  async progress(run: string): Promise<RunProgress> {
    return await this.link.promptly(this.queue.progress(run));
  }

  async workers(): Promise<number> {
    return await this.link.promptly(this.#records.workers());
  }

  async counts(): Promise<QueueCounts> {
    const types = ["waiting", "active", "delayed", "failed", "prioritized"] as const;
    const counts = await this.link.promptly(this.#runs.getJobCounts(...types));
    const of = (...names: readonly string[]): number =>
      names.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
    return {
      waiting: of("waiting", "prioritized"),
      active: of("active"),
      delayed: of("delayed"),
      failed: of("failed"),
    };
  }

  /** Seconds since the job that is next in line was enqueued; 0 where none waits. */
  async age(): Promise<number> {
    const [next] = await this.link.promptly(this.#runs.getJobs(["waiting"], 0, 0, true));
    return next === undefined ? 0 : Math.max(0, (Date.now() - next.timestamp) / 1000);
  }

  /** What is being worked on or waits for its next attempt: the first few hundred. */
  async live(): Promise<LiveChunk[]> {
    const [active, delayed] = await this.link.promptly(
      Promise.all([this.#runs.getActive(0, JOBS - 1), this.#runs.getDelayed(0, JOBS - 1)]),
    );
    return [
      ...active.map((job) => liveChunk(job as Job<JobData>, "active")),
      ...delayed.map((job) => liveChunk(job as Job<JobData>, "retrying")),
    ];
  }

  /** Why chunks of a run were given up so far, by index. */
  async failures(run: string, flow: string): Promise<ReadonlyMap<number, string>> {
    const parent = await this.link.promptly(this.#runs.getJob(parentId(run, flow)));
    const failures = (await parent?.getIgnoredChildrenFailures()) ?? {};
    return new Map(
      Object.entries(failures).map(([key, reason]) => [Number(key.slice(key.lastIndexOf("-") + 1)), reason]),
    );
  }

  /** What the workers have added up, of all runs or of one. */
  async totals(run?: string): Promise<Totals> {
    return await this.link.promptly(run === undefined ? this.#totals.all() : this.#totals.ofRun(run));
  }

  async close(): Promise<void> {
    await this.queue.close();
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
