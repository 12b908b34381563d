import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Batch, Executor } from "../../../src/worker/engine/engine.js";
import { OrderedExecutor } from "../../../src/worker/engine/ordered-executor.js";

/** An executor that records when its calls begin and end; a call takes as many ms as its batch has windows. */
class Recording implements Executor {
  readonly lanes = 8;
  readonly events: string[] = [];

  async run({ starts }: Batch, signal?: AbortSignal): Promise<[]> {
    this.events.push(`begins ${starts.length}`);
    await sleep(starts.length);
    this.events.push(`ends ${starts.length}`);
    signal?.throwIfAborted();
    if (starts.length === 13) throw new Error("unlucky");
    return [];
  }

  async close(): Promise<void> {
    this.events.push("closes");
  }
}

const batch = (windows: number): Batch => ({
  rows: new Float64Array(0),
  starts: new Int32Array(windows),
  aux: null,
});

test("calls run one after another in the order they came, and closing waits for them", async () => {
  const inner = new Recording();
  const executor = new OrderedExecutor(inner);
  const calls = [30, 5, 1].map((windows) => executor.run(batch(windows)));
  const closed = executor.close();
  await Promise.all([...calls, closed]);
  const order = ["begins 30", "ends 30", "begins 5", "ends 5", "begins 1", "ends 1", "closes"];
  expect(inner.events).toEqual(order);
});

test("a call that is aborted while it waits never starts, and those behind it do", async () => {
  const inner = new Recording();
  const executor = new OrderedExecutor(inner);
  const abort = new AbortController();
  const first = executor.run(batch(20));
  const waiting = executor.run(batch(7), abort.signal);
  const last = executor.run(batch(2));
  abort.abort(new Error("not wanted any more"));
  await expect(waiting).rejects.toThrow("not wanted any more");
  await Promise.all([first, last]);
  expect(inner.events).toEqual(["begins 20", "ends 20", "begins 2", "ends 2"]);
});

test("a call that fails is its caller's to hear of, and the next one runs", async () => {
  const inner = new Recording();
  const executor = new OrderedExecutor(inner);
  const unlucky = executor.run(batch(13));
  const next = executor.run(batch(1));
  await expect(unlucky).rejects.toThrow("unlucky");
  expect(await next).toEqual([]);
});
