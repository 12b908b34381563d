import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { RunQueue } from "../../src/queue/run-queue.js";
import { eventually } from "../helpers/eventually.js";
import { freshRun, queueForEach, Recorder, untilAborted } from "./queue-harness.js";

const folder = "file:///nowhere";

/** What cancelling means on every RunQueue: a run ends once, as cancelled or by itself. */
export function describeCancelling(name: string, open: () => Promise<RunQueue>): void {
  describe(`cancelling on ${name}`, () => {
    const use = queueForEach(open);

    it("cancels a run, the chunks being worked on included, and can start it anew", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      recorder.onChunk = untilAborted;
      await use.work(recorder);
      await use.queue.enqueue({ run, folder, chunks: [0, 1, 2, 3] });
      await eventually(() => recorder.running === 2);
      expect(await use.queue.cancel(run)).toBe("cancelled");
      await eventually(() => recorder.running === 0);
      expect((await use.queue.progress(run)).state).toBe("cancelled");
      expect(recorder.reduced).toHaveLength(0);
      recorder.onChunk = async () => undefined;
      expect(await use.queue.enqueue({ run, folder, chunks: [2, 3] })).toBe("enqueued");
      await use.until(run, "done");
      expect(recorder.reduced).toHaveLength(1);
    });

    it("cancels a run that no worker has begun, and gives none of it to one that comes", async () => {
      const run = freshRun();
      await use.queue.enqueue({ run, folder, chunks: [0, 1, 2] });
      expect(await use.queue.cancel(run)).toBe("cancelled");
      expect(await use.queue.cancel(run)).toBe("cancelled");
      const recorder = new Recorder();
      await use.work(recorder);
      const next = freshRun();
      await use.queue.enqueue({ run: next, folder, chunks: [7] });
      await use.until(next, "done");
      expect(recorder.chunks).toEqual([7]);
      expect((await use.queue.progress(run)).state).toBe("cancelled");
    });

    it("cancels a run while its reduce step is at work, which then cannot record another end", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      let reducing = false;
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      let refusal: unknown = null;
      recorder.onReduce = async (job) => {
        reducing = true;
        await held;
        await job.end().catch((error: unknown) => {
          refusal = error;
          throw error;
        });
      };
      await use.work(recorder);
      await use.queue.enqueue({ run, folder, chunks: [0] });
      await eventually(() => reducing);
      expect(await use.queue.cancel(run)).toBe("cancelled");
      release();
      await eventually(() => refusal !== null);
      expect(String(refusal)).toContain("the run was cancelled");
      await sleep(100);
      expect((await use.queue.progress(run)).state).toBe("cancelled");
      expect(recorder.reduced).toHaveLength(1);
      expect(recorder.failed).toEqual([]);
    });

    it("says of a run that is recording its end, and of one that has, that it ended by itself", async () => {
      const run = freshRun();
      const recorder = new Recorder();
      let ending = false;
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      recorder.onReduce = async (job) => {
        await job.end();
        ending = true;
        await held;
      };
      await use.work(recorder);
      await use.queue.enqueue({ run, folder, chunks: [0] });
      await eventually(() => ending);
      expect(await use.queue.cancel(run)).toBe("ended");
      expect((await use.queue.progress(run)).state).toBe("reducing");
      expect(await use.queue.enqueue({ run, folder, chunks: [0] })).toBe("live");
      release();
      await use.until(run, "done");
      expect(await use.queue.cancel(run)).toBe("ended");
      expect((await use.queue.progress(run)).state).toBe("done");
    });

    it("lets a run end once, as cancelled or by itself, whenever the cancel comes", async () => {
      const recorder = new Recorder();
      const ended = new Set<string>();
      recorder.onReduce = async (job) => {
        await job.end();
        ended.add(job.run);
      };
      await use.work(recorder);
      const answers = new Set<string>();
      for (let delay = 0; delay < 30; delay++) {
        const run = freshRun();
        const enqueued = use.queue.enqueue({ run, folder, chunks: [0, 1] });
        for (let i = 0; i < delay; i++) await (i % 3 === 2 ? sleep(1) : Promise.resolve());
        const answer = await use.queue.cancel(run);
        await enqueued;
        const { state } = await use.until(run, "done", "cancelled");
        await sleep(5);
        expect([answer, state, ended.has(run)]).toEqual(
          answer === "cancelled" ? [answer, "cancelled", false] : [answer, "done", true],
        );
        answers.add(answer);
      }
      expect(answers).toContain("cancelled");
    });

    it("does not know, and cannot cancel, a run it has never seen", async () => {
      const run = freshRun();
      expect((await use.queue.progress(run)).state).toBe("unknown");
      expect(await use.queue.cancel(run)).toBe("unknown");
    });
  });
}
