import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach } from "vitest";
import {
  type ChunkJob,
  type JobEvent,
  MAX_STARTS,
  type QueueWorker,
  type ReduceJob,
  type RunHandlers,
  type RunProgress,
  type RunQueue,
} from "../../src/queue/run-queue.js";

/** A run id of its own for each test: queues outlive tests. */
let serial = 0;
export function freshRun(): string {
  serial += 1;
  return `r${(Date.now() * 1000 + serial).toString(16).padStart(15, "0").slice(-15)}`;
}

/** Handlers that record what they were asked to do, and do what a test says. */
export class Recorder implements RunHandlers {
  readonly chunks: number[] = [];
  readonly reduced: ReduceJob[] = [];
  readonly failed: string[] = [];
  running = 0;
  most = 0;
  onChunk: (job: ChunkJob, signal: AbortSignal) => Promise<void> = async () => undefined;
  onReduce: (job: ReduceJob) => Promise<void> = async () => undefined;
  observe: (event: JobEvent) => void = () => undefined;

  async chunk(job: ChunkJob, signal: AbortSignal): Promise<void> {
    this.chunks.push(job.chunk);
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    try {
      await this.onChunk(job, signal);
    } finally {
      this.running -= 1;
    }
  }

  async reduce(job: ReduceJob): Promise<void> {
    this.reduced.push(job);
    await this.onReduce(job);
  }

  async fail(_job: Omit<ReduceJob, "end">, reason: string): Promise<void> {
    this.failed.push(reason);
  }
}

/** A chunk that goes on until it is told to stop. */
export function untilAborted(_job: ChunkJob, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
  );
}

/** A queue for each test of the suite this is called in, which ends with the test, as do its workers. */
export function queueForEach(open: () => Promise<RunQueue>) {
  let queue: RunQueue;
  let workers: QueueWorker[] = [];
  beforeEach(async () => {
    queue = await open();
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.close(0)));
    workers = [];
    await queue.close();
  });
  return {
    get queue(): RunQueue {
      return queue;
    },
    async work(handlers: RunHandlers, concurrency = 2): Promise<QueueWorker> {
      const worker = await queue.work(handlers, {
        concurrency,
        maxStarts: MAX_STARTS,
        warn: () => undefined,
      });
      workers.push(worker);
      return worker;
    },
    /** How the run stands once it is in one of the states. */
    async until(run: string, ...states: RunProgress["state"][]): Promise<RunProgress> {
      for (;;) {
        const progress = await queue.progress(run);
        if (states.includes(progress.state)) return progress;
        await sleep(20);
      }
    },
  };
}
