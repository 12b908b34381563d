import { FlowProducer, type Job, Queue } from "bullmq";
import type {
  CancelAnswer,
  QueueWorker,
  RunHandlers,
  RunProgress,
  RunQueue,
  Submission,
  WorkOptions,
} from "../run-queue.js";
import { ATTEMPTS, FIRST_RETRY_MS } from "../run-queue.js";
import { bullmqOptions } from "./bullmq-options.js";
import { connectRedis, type RedisLink } from "./connect-redis.js";
import { type JobData, parentId, QUEUE } from "./job-data.js";
import { RedisWorker } from "./redis-worker.js";
import { type RunRecord, RunRecords } from "./run-records.js";

const KEEP_FAILED = { age: 7 * 24 * 3600, count: 1000 };

const PAGE = 500;

/** How long a run may stand still before its jobs are looked at one by one. */
const STILL_MS = 3000;

/**
 * The queue of many processes: a BullMQ flow a run, its reduce step the parent of its chunks, on Redis. A chunk that
 * is given up does not hold its parent back (`ignoreDependencyOnFailure`), so that the run ends partial, not never.
 * Job ids are `<run>-<flow>` and `<run>-<flow>-<chunk>`, the flow being new at each enqueueing: a child id that
 * another live parent has used would leave the new parent waiting for ever.
 */
export class RedisQueue implements RunQueue {
  readonly #link: RedisLink;
  readonly #records: RunRecords;
  readonly #queue: Queue<JobData>;
  readonly #flows: FlowProducer;
  readonly #workers = new Set<RedisWorker>();
  readonly #still = new Map<string, { done: number; since: number }>();

  /** Takes the connection over: `close` ends it. */
  constructor(link: RedisLink) {
    const options = bullmqOptions(link);
    this.#link = link;
    this.#records = new RunRecords(link.client, link.address.prefix);
    this.#queue = new Queue<JobData>(QUEUE, options);
    this.#flows = new FlowProducer(options);
    this.#queue.on("error", () => undefined); // the link warns
    this.#flows.on("error", () => undefined);
  }

  /** Rejects with an UnreachableError within 5 s; afterwards outages are waited out, and `warn` hears of them. */
  static async open(url: string, warn: (line: string) => void): Promise<RedisQueue> {
    return new RedisQueue(await connectRedis(url, warn));
  }

  async enqueue(submission: Submission): Promise<"enqueued" | "live"> {
    const { run, folder, chunks } = submission;
    return await this.#link.promptly(
      this.#records.exclusively(run, async () => {
        const record = await this.#records.read(run);
        if (record?.state === "live" || record?.state === "ending") {
          const { state } = await this.#inspect(run, record, 0);
          if (state === "running" || state === "reducing") return "live";
        }
        if (record !== null) await this.#discard(run, record.flow);
        const flow = await this.#records.begin(run, folder, chunks.length);
        const retries = {
          attempts: ATTEMPTS,
          backoff: { type: "exponential", delay: FIRST_RETRY_MS },
          removeOnComplete: true,
          removeOnFail: KEEP_FAILED,
          stackTraceLimit: 1,
        };
        await this.#flows.add({
          name: "reduce",
          queueName: QUEUE,
          data: { run, folder, flow } satisfies JobData,
          opts: { ...retries, jobId: parentId(run, flow) },
          children: chunks.map((chunk) => ({
            name: "chunk",
            queueName: QUEUE,
            data: { run, folder, flow, chunk } satisfies JobData,
            opts: { ...retries, jobId: `${parentId(run, flow)}-${chunk}`, ignoreDependencyOnFailure: true },
          })),
        });
        if (!(await this.#records.open(run, flow))) await this.#discard(run, flow); // cancelled meanwhile
        return "enqueued";
      }),
    );
  }

  async work(handlers: RunHandlers, options: WorkOptions): Promise<QueueWorker> {
    const worker = new RedisWorker(this.#link, this.#records, handlers, options);
    this.#workers.add(worker);
    await worker.start();
    return {
      close: async (graceMs) => {
        await worker.close(graceMs);
        this.#workers.delete(worker);
      },
      vitals: () => worker.vitals(),
    };
  }

  async progress(run: string): Promise<RunProgress> {
    const record = await this.#records.read(run);
    if (record === null) return { ...standing("unknown"), workers: await this.#records.workers() };
    return await this.#inspect(run, record, STILL_MS);
  }

  async cancel(run: string): Promise<CancelAnswer> {
    const { answer, flow } = await this.#link.promptly(this.#records.cancel(run));
    if (answer === "cancelled") await this.#discard(run, flow); // workers drop what is left, should this not end
    return answer;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.close(0)));
    this.#link.close();
  }

  /** How a recorded run stands; `stillMs`: after how long without progress its jobs are looked at. */
  async #inspect(run: string, record: RunRecord, stillMs: number): Promise<RunProgress> {
    const { total, reason } = record;
    const workers = await this.#records.workers();
    switch (record.state) {
      case "done":
        return { ...standing("done"), done: total, total, workers };
      case "failed":
      case "cancelled":
        return { ...standing(record.state, reason), total, workers };
      case "enqueueing":
        return (await this.#records.locked(run))
          ? { ...standing("running"), total, workers }
          : { ...standing("stuck", "its enqueueing was interrupted"), total, workers };
    }
    const parent = await this.#queue.getJob(parentId(run, record.flow));
    const counts = await parent?.getDependenciesCount();
    const gone = parent === undefined || counts === undefined;
    if (gone || (await parent.isFailed())) {
      const now = await this.#records.read(run); // it may have ended since
      if (now !== null && (now.state !== record.state || now.flow !== record.flow))
        return await this.#inspect(run, now, stillMs);
      if (gone) return { ...standing("stuck", "its jobs are gone from the queue"), total, workers };
      const job = await this.#queue.getJob(parentId(run, record.flow)); // BullMQ itself gave it up
      return { ...standing("failed", job?.failedReason ?? null), total, workers };
    }
    const { processed: done = 0, ignored: failed = 0, unprocessed = 0 } = counts;
    const counted = { done, failed, total, workers, reason: null };
    if (unprocessed === 0) return { ...counted, state: "reducing" };
    if (this.#stoodStill(run, done + failed, stillMs) && !(await this.#canMove(parent))) {
      return { ...counted, state: "stuck", reason: "its remaining chunks are gone from the queue" };
    }
    return { ...counted, state: "running" };
  }

  #stoodStill(run: string, done: number, stillMs: number): boolean {
    const last = this.#still.get(run);
    const now = performance.now();
    if (last === undefined || last.done !== done) this.#still.set(run, { done, since: now });
    return now - (last?.done === done ? last.since : now) >= stillMs;
  }

  /** Whether any of the chunks that the parent waits for will still run. */
  async #canMove(parent: Job<JobData>): Promise<boolean> {
    for await (const ids of pendingChunks(parent)) {
      for (const id of ids) {
        const state = await this.#queue.getJobState(id);
        if (state !== "unknown" && state !== "failed" && state !== "completed") return true;
      }
    }
    return false;
  }

  /**
   * Removes the jobs of a flow that no longer counts; those being worked on end by themselves. A page at a time: one
   * script for all would keep the server, and with it the locks of other runs, waiting.
   */
  async #discard(run: string, flow: string): Promise<void> {
    this.#still.delete(run);
    const parent = await this.#queue.getJob(parentId(run, flow));
    if (parent === undefined) return;
    const chunks: string[] = [];
    for await (const ids of pendingChunks(parent)) chunks.push(...ids);
    await this.#queue.remove(parentId(run, flow), { removeChildren: false }); // first, lest the last chunk's end start it
    for (let from = 0; from < chunks.length; from += PAGE) {
      await Promise.all(
        chunks.slice(from, from + PAGE).map((id) => this.#queue.remove(id, { removeChildren: false })),
      );
    }
  }
}

/** The ids of the chunks that a reduce step still waits for, by pages. */
async function* pendingChunks(parent: Job<JobData>): AsyncGenerator<string[]> {
  let cursor = 0;
  do {
    const page = await parent.getDependencies({ unprocessed: { cursor, count: PAGE } });
    yield (page.unprocessed ?? []).map((key) => key.slice(key.lastIndexOf(":") + 1));
    cursor = page.nextUnprocessedCursor ?? 0;
  } while (cursor !== 0);
}

function standing(state: RunProgress["state"], reason: string | null = null): RunProgress {
  return { state, done: 0, failed: 0, total: 0, workers: 0, reason };
}
