import { expect, test } from "vitest";
import { silentMeter } from "../../src/queue/meter.js";
import { Interruption } from "../../src/queue/run-queue.js";
import { ProcessHandlers } from "../../src/run/run-handlers.js";
import { commitChunk } from "../../src/shared/committed-chunks.js";
import { encodePart } from "../../src/shared/jacobian-arrow.js";
import { newManifest, readManifest, writeManifest } from "../../src/shared/manifest.js";
import type { RunFolder } from "../../src/shared/run-folder.js";
import { chunkAt } from "../../src/shared/run-spec.js";
import { encodePartial } from "../../src/statistics/encode-partial.js";
import { partialOfChunk } from "../../src/statistics/partial-of-chunk.js";
import { commitRun, syntheticRun, withFolder } from "../helpers/synthetic-run.js";

const run = syntheticRun({
  windows: 20,
  steps: 3,
  columns: ["a", "b"],
  targets: [{ name: "y", m: 1 }],
  chunkSize: 5,
});
const handlers = new ProcessHandlers(1, () => undefined);
const never = new AbortController().signal;

/** Commits a chunk as a worker of this engine does. */
async function commitBy(engine: string, folder: RunFolder, index: number): Promise<void> {
  const part = run.part(index);
  const inputs = { rows: run.scaled, starts: Int32Array.from(part.row, Number) };
  const partial = partialOfChunk(part, inputs, run.spec, chunkAt(run.spec, index));
  partial.engines.add(engine);
  await commitChunk(folder, index, encodePart(part), encodePartial(partial));
}

const jobOf = (folder: RunFolder, end: () => Promise<void> = async () => undefined) => ({
  run: run.spec.run,
  folder: folder.uri,
  reasons: new Map([[3, "given up"]]),
  end,
});

test("a run's record names the engines that computed its chunks, not the one of the process that reduces", async () => {
  await withFolder(async (folder) => {
    await writeManifest(folder, newManifest(run.spec));
    await commitBy("native: avx512", folder, 0);
    await commitBy("wasm: wasm simd128", folder, 1);
    await commitBy("native: avx512", folder, 2);
    await handlers.reduce(jobOf(folder), never, silentMeter);
    expect(await readManifest(folder)).toMatchObject({
      status: "partial",
      engine: "native: avx512, wasm: wasm simd128",
      failed: [{ index: 3, reason: "given up" }],
    });
  });
});

test("a run's record names no engine where none is known: of statistics without one, or without a chunk", async () => {
  await withFolder(async (folder) => {
    await writeManifest(folder, newManifest(run.spec));
    await handlers.reduce(jobOf(folder), never, silentMeter);
    expect(await readManifest(folder)).toMatchObject({ status: "failed", engine: null });
    await commitRun(folder, run);
    await handlers.reduce(jobOf(folder), never, silentMeter);
    expect(await readManifest(folder)).toMatchObject({ status: "done", engine: null });
  });
});

test("a reduce step that may not end the run, since it was cancelled, leaves its record as it is", async () => {
  await withFolder(async (folder) => {
    await writeManifest(folder, newManifest(run.spec));
    await commitRun(folder, run);
    const cancelled = async (): Promise<never> => {
      throw new Interruption("cancelled");
    };
    await expect(handlers.reduce(jobOf(folder, cancelled), never, silentMeter)).rejects.toThrow(/cancelled/);
    expect(await readManifest(folder)).toMatchObject({ status: "running", finished: null });
  });
});
