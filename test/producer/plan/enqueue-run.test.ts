import { expect, test } from "vitest";
import { enqueueRun } from "../../../src/producer/plan/enqueue-run.js";
import { LocalQueue } from "../../../src/queue/local-queue.js";
import { newManifest, readManifest, writeManifest } from "../../../src/shared/manifest.js";
import { commitRun, syntheticRun, withFolder } from "../../helpers/synthetic-run.js";

const run = syntheticRun({
  windows: 20,
  steps: 3,
  columns: ["a", "b"],
  targets: [{ name: "y", m: 1 }],
  chunkSize: 5,
});

test("of a stored run the chunks that its folder lacks are enqueued", async () => {
  await withFolder(async (folder) => {
    await writeManifest(folder, newManifest(run.spec));
    await commitRun(folder, run, [1, 3]);
    const queue = new LocalQueue();
    expect(await enqueueRun(run.spec, folder, queue)).toEqual({ answer: "enqueued", committed: [1, 3] });
    expect(await queue.progress(run.spec.run)).toMatchObject({ state: "running", total: 2 });
  });
});

test("a run that is cancelled between its storing and its enqueueing stays cancelled", async () => {
  await withFolder(async (folder) => {
    await writeManifest(folder, { ...newManifest(run.spec), status: "cancelled" });
    const queue = new LocalQueue();
    await enqueueRun(run.spec, folder, queue); // as the one who has just stored it
    expect((await queue.progress(run.spec.run)).state).toBe("cancelled");
    expect((await readManifest(folder))?.status).toBe("cancelled");
  });
});

test("a run that its submitter saw cancelled or failed is running again", async () => {
  await withFolder(async (folder) => {
    for (const status of ["cancelled", "failed"] as const) {
      const ended = { ...newManifest(run.spec), status, error: "of the first life" };
      await writeManifest(folder, ended);
      const queue = new LocalQueue();
      await enqueueRun(ended, folder, queue);
      expect((await queue.progress(run.spec.run)).state).toBe("running");
      expect(await readManifest(folder)).toMatchObject({ status: "running", error: null });
    }
  });
});
