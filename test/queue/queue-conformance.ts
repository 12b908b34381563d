import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type ChunkJob,
  MAX_STARTS,
  type QueueWorker,
  type ReduceJob,
  type RunHandlers,
  type RunProgress,
  type RunQueue,
} from "../../src/queue/run-queue.js";
import { PermanentError, UserError } from "../../src/shared/errors.js";
import { eventually } from "../helpers/eventually.js";

/** A run id of its own for each test: queues outlive tests. */
let serial = 0;
function freshRun(): string {
  serial += 1;
  return `r${(Date.now() * 1000 + serial).toString(16).padStart(15, "0").slice(-15)}`;
}

class Recorder implements RunHandlers {
  readonly chunks: number[] = [];
  readonly reduced: ReduceJob[] = [];
  readonly failed: string[] = [];
  running = 0;
  most = 0;
  onChunk: (job: ChunkJob, signal: AbortSignal) => Promise<void> = async () => undefined;
  onReduce: (job: ReduceJob) => Promise<void> = async () => undefined;

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

  async fail(_job: ReduceJob, reason: string): Promise<void> {
    this.failed.push(reason);
  }
}

/** A chunk that goes on until it is told to stop. */
function untilAborted(_job: ChunkJob, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
  );
}

/** What every RunQueue must do. */
export function describeRunQueue(name: string, open: () => Promise<RunQueue>): void {
  describe(`${name} as a run queue`, () => {
    let queue: RunQueue;
    let workers: QueueWorker[] = [];
    const folder = "file:///nowhere";

    beforeEach(async () => {
      queue = await open();
    });
    afterEach(async () => {
      await Promise.all(workers.map((worker) => worker.close(0)));
      workers = [];
      await queue.close();
    });

    async function work(handlers: RunHandlers, concurrency = 2): Promise<QueueWorker> {
      const worker = await queue.work(handlers, {
        concurrency,
        maxStarts: MAX_STARTS,
        warn: () => undefined,
      });
      workers.push(worker);
      return worker;
    }

    async function until(run: string, ...states: RunProgress["state"][]): Promise<RunProgress> {
      return await eventually(async () => {
        const progress = await queue.progress(run);
        return states.includes(progress.state) ? progress : null;
      });
    }

    it("gives every chunk to a worker once and then the reduce step", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      let chunksBeforeReduce = 0;
      recorder.onReduce = async () => {
        chunksBeforeReduce = recorder.chunks.length;
      };
      expect(await queue.enqueue({ run, folder, chunks: [0, 1, 2, 5, 7] })).toBe("enqueued");
      await work(recorder);
      const progress = await until(run, "done");
      expect(recorder.chunks.sort()).toEqual([0, 1, 2, 5, 7]);
      expect(chunksBeforeReduce).toBe(5);
      expect(recorder.reduced).toHaveLength(1);
      expect(recorder.reduced[0]).toMatchObject({ run, folder });
      expect(progress).toMatchObject({ done: 5, failed: 0, total: 5 });
    });

    it("takes a run that is enqueued while its worker waits", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      await work(recorder);
      await queue.enqueue({ run, folder, chunks: [0, 1] });
      await until(run, "done");
      expect(recorder.chunks.sort()).toEqual([0, 1]);
    });

    it("runs the reduce step alone where no chunk is left", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      await work(recorder);
      await queue.enqueue({ run, folder, chunks: [] });
      await until(run, "done");
      expect(recorder.chunks).toEqual([]);
      expect(recorder.reduced).toHaveLength(1);
    });

    it("does not enqueue a run twice while it is under way, and does so once it has ended", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      expect(await queue.enqueue({ run, folder, chunks: [0, 1] })).toBe("enqueued");
      expect(await queue.enqueue({ run, folder, chunks: [0, 1] })).toBe("live");
      await work(recorder);
      await until(run, "done");
      expect(recorder.chunks.sort()).toEqual([0, 1]);
      expect(await queue.enqueue({ run, folder, chunks: [1] })).toBe("enqueued");
      await eventually(() => recorder.reduced.length === 2);
      expect(recorder.chunks.sort()).toEqual([0, 1, 1]);
    });

    it("enqueues a run once when it is submitted at the same moment", async () => {
      const run = freshRun();
      const submission = { run, folder, chunks: [0, 1, 2] };
      const answers = await Promise.all([queue.enqueue(submission), queue.enqueue(submission)]);
      expect(answers.sort()).toEqual(["enqueued", "live"]);
      const recorder = new Recorder();
      await work(recorder);
      await until(run, "done");
      expect(recorder.chunks.sort()).toEqual([0, 1, 2]);
      expect(recorder.reduced).toHaveLength(1);
    });

    it("works on as many jobs at once as it was told", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      recorder.onChunk = () => sleep(30);
      await work(recorder, 3);
      await queue.enqueue({ run, folder, chunks: [0, 1, 2, 3, 4, 5, 6, 7] });
      await until(run, "done");
      expect(recorder.most).toBe(3);
    });

    it("tries a chunk again after an error that may pass", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      recorder.onChunk = async () => {
        if (recorder.chunks.length === 1) throw new Error("the disk was away");
      };
      await work(recorder);
      await queue.enqueue({ run, folder, chunks: [4] });
      const progress = await until(run, "done");
      expect(recorder.chunks).toEqual([4, 4]);
      expect(progress.failed).toBe(0);
      expect(recorder.reduced[0]?.reasons.size).toBe(0);
    });

    it("never tries a chunk again after a permanent error, and reduces the rest", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      recorder.onChunk = async ({ chunk }) => {
        if (chunk === 1) throw new PermanentError("the model is damaged");
        if (chunk === 2) throw new UserError("no such column");
      };
      await work(recorder);
      await queue.enqueue({ run, folder, chunks: [0, 1, 2, 3] });
      await until(run, "done");
      expect(recorder.chunks.sort()).toEqual([0, 1, 2, 3]);
      expect(recorder.reduced).toHaveLength(1);
      expect([...(recorder.reduced[0]?.reasons ?? [])].sort()).toEqual([
        [1, "the model is damaged"],
        [2, "no such column"],
      ]);
    });

    it("fails the run, and says so, where its reduce step fails for good", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      recorder.onReduce = async () => {
        throw new PermanentError("a part is damaged");
      };
      await work(recorder);
      await queue.enqueue({ run, folder, chunks: [0] });
      const progress = await until(run, "failed");
      expect(progress.reason).toBe("a part is damaged");
      expect(recorder.failed).toEqual(["a part is damaged"]);
      expect(recorder.reduced).toHaveLength(1);
    });

    it("cancels a run, the chunks being worked on included, and can start it anew", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      recorder.onChunk = untilAborted;
      await work(recorder);
      await queue.enqueue({ run, folder, chunks: [0, 1, 2, 3] });
      await eventually(() => recorder.running === 2);
      expect(await queue.cancel(run)).toBe(true);
      await eventually(() => recorder.running === 0);
      expect((await queue.progress(run)).state).toBe("cancelled");
      expect(recorder.reduced).toHaveLength(0);
      recorder.onChunk = async () => undefined;
      expect(await queue.enqueue({ run, folder, chunks: [2, 3] })).toBe("enqueued");
      await until(run, "done");
      expect(recorder.reduced).toHaveLength(1);
    });

    it("does not know, and cannot cancel, a run it has never seen", async () => {
      const run = freshRun();
      expect((await queue.progress(run)).state).toBe("unknown");
      expect(await queue.cancel(run)).toBe(false);
    });

    it("lets a closing worker end what it works on within the grace", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      const ended: number[] = [];
      recorder.onChunk = async ({ chunk }) => {
        await sleep(100);
        ended.push(chunk);
      };
      const worker = await work(recorder, 1);
      await queue.enqueue({ run, folder, chunks: [0, 1, 2] });
      await eventually(() => recorder.running === 1);
      await worker.close(10_000);
      expect(recorder.running).toBe(0);
      expect(ended).toEqual(recorder.chunks);
      expect(ended.length).toBeLessThan(3);
    });

    it("releases what a closing worker cannot end, for another to take", async () => {
      const run = freshRun();
      const first = new Recorder();
      first.onChunk = untilAborted;
      const worker = await work(first, 1);
      await queue.enqueue({ run, folder, chunks: [0, 1] });
      await eventually(() => first.running === 1);
      await worker.close(0);
      expect(first.running).toBe(0);
      const second = new Recorder();
      await work(second, 1);
      await until(run, "done");
      expect(second.chunks.sort()).toEqual([0, 1]);
      expect(second.reduced[0]?.reasons.size).toBe(0);
    });
  });
}
