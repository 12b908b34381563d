import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readModel } from "../../../src/model/read-model.js";
import { compile } from "../../../src/program/compile.js";
import { encodeProgram } from "../../../src/program/encode-program.js";
import type { Batch, Executor } from "../../../src/worker/engine/engine.js";
import { type Addon, loadAddon, nativeEngine } from "../../../src/worker/engine/native.js";
import { DEMO_MODEL } from "../../helpers/places.js";
import { randomNumbers } from "../../helpers/random-numbers.js";

const addon = loadAddon();
const graph = await readModel("EKF-LSTM-1.h5", readFileSync(DEMO_MODEL));
const program = compile(graph, { target: { kind: "output" } });
const random = randomNumbers(1);
const rows = Float64Array.from({ length: 20_000 * 5 }, () => random() * 2 - 1);
const starts = (n: number) => Int32Array.from({ length: n }, (_, i) => i);
const batch = (n: number): Batch => ({ rows, starts: starts(n), aux: null });

async function withExecutor(threads: number, use: (executor: Executor) => Promise<void>): Promise<void> {
  const executor = await nativeEngine(addon).prepare(program, { precision: "float32", threads });
  try {
    await use(executor);
  } finally {
    await executor.close();
  }
}

test("the event loop stays free: a 10 ms timer fires all through a long chunk", async () => {
  await withExecutor(2, async (executor) => {
    let fired = 0;
    const timer = setInterval(() => fired++, 10);
    await executor.run(batch(19_000));
    clearInterval(timer);
    expect(fired).toBeGreaterThanOrEqual(5);
  });
});

test("the number of threads and the neighbours in a chunk do not change a bit of a window's Jacobian", async () => {
  const results: Float32Array[] = [];
  for (const threads of [1, 2, 3]) {
    await withExecutor(threads, async (executor) => {
      const [whole] = await executor.run(batch(1000));
      results.push(whole!.jacobian as Float32Array);
      const [part] = await executor.run({ rows, starts: Int32Array.of(700, 3, 701), aux: null });
      expect(part!.jacobian.slice(0, 100)).toEqual(whole!.jacobian.slice(70_000, 70_100));
      expect(part!.jacobian.slice(100, 200)).toEqual(whole!.jacobian.slice(300, 400));
    });
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

test("an aborted run ends between tiles with the signal's reason, and the executor goes on", async () => {
  await withExecutor(2, async (executor) => {
    const controller = new AbortController();
    const run = executor.run(batch(19_000), controller.signal);
    setTimeout(() => controller.abort(new Error("cancelled by the test")), 20);
    await expect(run).rejects.toThrow("cancelled by the test");
    expect((await executor.run(batch(3)))[0]!.jacobian.length).toBe(300);
  });
});

test("calls to one executor queue in JavaScript, and give what they give alone", async () => {
  await withExecutor(2, async (executor) => {
    const [alone] = await executor.run(batch(3000));
    const together = await Promise.all([3000, 500, 3000].map((n) => executor.run(batch(n))));
    for (const [result] of together) {
      expect(result!.jacobian).toEqual(alone!.jacobian.subarray(0, result!.jacobian.length));
    }
  });
});

test("of four calls in flight one alone is in the addon: the others hold no thread that files wait for", async () => {
  let inside = 0;
  let most = 0;
  const counting: Addon = {
    ...addon,
    run: async (...call) => {
      inside += 1;
      most = Math.max(most, inside);
      return await addon.run(...call).finally(() => {
        inside -= 1;
      });
    },
  };
  const executor = await nativeEngine(counting).prepare(program, { precision: "float32", threads: 1 });
  const ended: number[] = [];
  await Promise.all([400, 300, 200, 100].map((n) => executor.run(batch(n)).then(() => ended.push(n))));
  await executor.close();
  expect(most).toBe(1);
  expect(ended).toEqual([400, 300, 200, 100]);
});

test("memory stays flat over 100 chunks", async () => {
  await withExecutor(2, async (executor) => {
    const cycle = async (n: number) => {
      for (let i = 0; i < n; i++) await executor.run(batch(512));
      return process.memoryUsage().rss;
    };
    const warm = await cycle(20);
    const after = await cycle(100);
    expect(after - warm).toBeLessThan(48 * 2 ** 20);
  });
});

test("buffers are checked before they are used", async () => {
  const { code, constants } = encodeProgram(program);
  const { executor } = addon.prepare(code, constants, 0, 1, "", 0);
  const jacobian = new Float32Array(200);
  const prediction = new Float32Array(2);
  const call = (over: Partial<Record<"rows" | "starts" | "aux" | "prediction" | "jacobian", unknown>>) => {
    const given = { rows, starts: starts(2), aux: new Float64Array(0), prediction, jacobian, ...over };
    type Arrays = Parameters<typeof addon.run>[1];
    const arrays = [
      given.rows,
      given.starts,
      given.aux,
      new Int32Array(1),
      [given.prediction],
      [given.jacobian],
    ];
    return () => addon.run(executor, arrays as Arrays);
  };
  expect(call({ starts: Int32Array.of(0, 19_981) })).toThrow("a window lies outside the rows");
  expect(call({ starts: Int32Array.of(-1, 0) })).toThrow("a window lies outside the rows");
  expect(call({ jacobian: new Float32Array(199) })).toThrow("jacobians has the wrong length");
  expect(call({ prediction: new Float64Array(2) })).toThrow("another type");
  expect(call({ aux: new Float64Array(1) })).toThrow("aux has the wrong length");
  expect(call({ rows: [1, 2, 3] })).toThrow("rows is not a typed array");
  const running = call({})();
  expect(call({})).toThrow("an executor runs one call at a time");
  expect(await running).toBe(true);
  expect(await call({})()).toBe(true);
  addon.close(executor);
  expect(call({})).toThrow("the executor is closed");
  expect(() => addon.run({}, [] as never)).toThrow("this is not an executor");
});

test("a program with an index out of range is refused, not executed", () => {
  const { code, constants } = encodeProgram(program);
  const damaged = code.slice();
  damaged[damaged.length - 2] = 2 ** 30; // inside the last adjoint operation
  expect(() => addon.prepare(damaged, constants, 0, 1, "", 0)).toThrow("the program is damaged");
  expect(() => addon.prepare(code.subarray(0, 500), constants, 0, 1, "", 0)).toThrow(
    "the program is damaged",
  );
  expect(() => addon.prepare(code, constants.subarray(0, 1000), 0, 1, "", 0)).toThrow(
    "the program is damaged",
  );
});
