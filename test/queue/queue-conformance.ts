import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { JobEvent, RunQueue } from "../../src/queue/run-queue.js";
import { PermanentError, UserError } from "../../src/shared/errors.js";
import { eventually } from "../helpers/eventually.js";
import { describeCancelling } from "./cancel-conformance.js";
import { freshRun, queueForEach, Recorder, untilAborted } from "./queue-harness.js";

const folder = "file:///nowhere";

/** What every RunQueue must do. */
export function describeRunQueue(name: string, open: () => Promise<RunQueue>): void {
  describeCancelling(name, open);
  describe(`${name} as a run queue`, () => {
    const use = queueForEach(open);

    it("gives every chunk to a worker once and then the reduce step", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      let chunksBeforeReduce = 0;
      recorder.onReduce = async () => {
        chunksBeforeReduce = recorder.chunks.length;
      };
      expect(await use.queue.enqueue({ run, folder, chunks: [0, 1, 2, 5, 7] })).toBe("enqueued");
      await use.work(recorder);
      const progress = await use.until(run, "done");
      expect(recorder.chunks.sort()).toEqual([0, 1, 2, 5, 7]);
      expect(chunksBeforeReduce).toBe(5);
      expect(recorder.reduced).toHaveLength(1);
      expect(recorder.reduced[0]).toMatchObject({ run, folder });
      expect(progress).toMatchObject({ done: 5, failed: 0, total: 5 });
    });

    it("takes a run that is enqueued while its worker waits", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      await use.work(recorder);
      await use.queue.enqueue({ run, folder, chunks: [0, 1] });
      await use.until(run, "done");
      expect(recorder.chunks.sort()).toEqual([0, 1]);
    });

    it("runs the reduce step alone where no chunk is left", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      await use.work(recorder);
      await use.queue.enqueue({ run, folder, chunks: [] });
      await use.until(run, "done");
      expect(recorder.chunks).toEqual([]);
      expect(recorder.reduced).toHaveLength(1);
    });

    it("does not enqueue a run twice while it is under way, and does so once it has ended", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      expect(await use.queue.enqueue({ run, folder, chunks: [0, 1] })).toBe("enqueued");
      expect(await use.queue.enqueue({ run, folder, chunks: [0, 1] })).toBe("live");
      await use.work(recorder);
      await use.until(run, "done");
      expect(recorder.chunks.sort()).toEqual([0, 1]);
      expect(await use.queue.enqueue({ run, folder, chunks: [1] })).toBe("enqueued");
      await eventually(() => recorder.reduced.length === 2);
      expect(recorder.chunks.sort()).toEqual([0, 1, 1]);
    });

    it("enqueues a run once when it is submitted at the same moment", async () => {
      const run = freshRun();
      const submission = { run, folder, chunks: [0, 1, 2] };
      const answers = await Promise.all([use.queue.enqueue(submission), use.queue.enqueue(submission)]);
      expect(answers.sort()).toEqual(["enqueued", "live"]);
      const recorder = new Recorder();
      await use.work(recorder);
      await use.until(run, "done");
      expect(recorder.chunks.sort()).toEqual([0, 1, 2]);
      expect(recorder.reduced).toHaveLength(1);
    });

    it("works on as many jobs at once as it was told", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      recorder.onChunk = () => sleep(30);
      await use.work(recorder, 3);
      await use.queue.enqueue({ run, folder, chunks: [0, 1, 2, 3, 4, 5, 6, 7] });
      await use.until(run, "done");
      expect(recorder.most).toBe(3);
    });

    it("tries a chunk again after an error that may pass", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      recorder.onChunk = async () => {
        if (recorder.chunks.length === 1) throw new Error("the disk was away");
      };
      await use.work(recorder);
      await use.queue.enqueue({ run, folder, chunks: [4] });
      const progress = await use.until(run, "done");
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
      await use.work(recorder);
      await use.queue.enqueue({ run, folder, chunks: [0, 1, 2, 3] });
      await use.until(run, "done");
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
      await use.work(recorder);
      await use.queue.enqueue({ run, folder, chunks: [0] });
      const progress = await use.until(run, "failed");
      expect(progress.reason).toBe("a part is damaged");
      expect(recorder.failed).toEqual(["a part is damaged"]);
      expect(recorder.reduced).toHaveLength(1);
    });

    it("hands the error that failed a job to who observes, its causes with it", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      const cause = new RangeError("at the root");
      recorder.onChunk = async () => {
        throw recorder.chunks.length === 1
          ? new Error("it may pass", { cause })
          : new PermanentError("it will not", { cause });
      };
      const events: JobEvent[] = [];
      recorder.observe = (event) => events.push(event);
      await use.work(recorder);
      await use.queue.enqueue({ run, folder, chunks: [3] });
      await use.until(run, "done");
      const failures = events.filter(({ kind }) => kind === "retrying" || kind === "given-up");
      expect(failures).toMatchObject([
        { kind: "retrying", chunk: 3, reason: "it may pass", error: { message: "it may pass", cause } },
        { kind: "given-up", chunk: 3, reason: "it will not", error: { message: "it will not", cause } },
      ]);
    });

    it("lets a closing worker end what it works on within the grace", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      const ended: number[] = [];
      recorder.onChunk = async ({ chunk }) => {
        await sleep(100);
        ended.push(chunk);
      };
      const worker = await use.work(recorder, 1);
      await use.queue.enqueue({ run, folder, chunks: [0, 1, 2] });
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
      const worker = await use.work(first, 1);
      await use.queue.enqueue({ run, folder, chunks: [0, 1] });
      await eventually(() => first.running === 1);
      await worker.close(0);
      expect(first.running).toBe(0);
      const second = new Recorder();
      await use.work(second, 1);
      await use.until(run, "done");
      expect(second.chunks.sort()).toEqual([0, 1]);
      expect(second.reduced[0]?.reasons.size).toBe(0);
    });
  });
}
