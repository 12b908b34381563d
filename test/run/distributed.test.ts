import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../helpers/eventually.js";
import { folderPerTest } from "../helpers/folders.js";
import { complaintsOf, type Finished, type Jac, jac } from "../helpers/jac.js";
import { WEATHER } from "../helpers/places.js";
import { forgetQueues, freshQueueUrl } from "../helpers/redis.js";
import { digests, partsOf } from "../helpers/run-files.js";
import { workersPerTest } from "../helpers/workers.js";

/** 1,000 windows of the demo in 20 chunks. */
const submission = ["submit", WEATHER, "--engine", "reference", "--chunk", "50", "--windows", "3000:4000"];

const folder = folderPerTest();
const workers = workersPerTest();
let queue: string;
beforeEach(() => {
  queue = freshQueueUrl();
});
afterAll(forgetQueues);

async function startWorker(...args: string[]): Promise<Jac> {
  const worker = workers.start(queue, args);
  await worker.says("ready");
  return worker;
}

function submit(out: string, ...args: string[]): Promise<Finished> {
  return jac([...submission, "--out", join(folder.path, out), "--json", ...args]);
}

describe("a run on Redis", () => {
  it("gives, through two worker processes, the bytes that one process gives", async () => {
    const alone = await submit("alone");
    await Promise.all([startWorker(), startWorker()]);
    const shared = await submit("shared", "--queue", queue);
    expect(complaintsOf(shared)).toEqual([]);
    expect(shared.code).toBe(0);
    expect(shared.json).toMatchObject({ run: alone.json.run, status: "done", windows: alone.json.windows });
    expect(digests(shared.json.dir)).toEqual(digests(alone.json.dir));
    for (const worker of workers.all) expect(worker.stderr).toContain("chunk finished");
    expect(readdirSync(shared.json.dir).filter((name) => name.includes("tmp"))).toEqual([]);
  });

  it("is left alone by --detach, and followed by jac watch", async () => {
    const detached = await submit("out", "--queue", queue, "--detach");
    expect(detached.code).toBe(0);
    expect(detached.json.status).toBe("running");
    const [run, out] = [detached.json.run, join(folder.path, "out")];
    const shown = await jac(["show", run, "--out", out, "--queue", queue]);
    expect(shown.stdout).toMatch(/status +running, 0 workers/);
    await startWorker();
    const watched = await jac(["watch", run, "--out", out, "--queue", queue, "--json"]);
    expect(watched.code).toBe(0);
    expect(watched.json).toMatchObject({ run, status: "done" });
  });

  it("submitted by two processes at once is one run", async () => {
    await startWorker();
    const both = await Promise.all([submit("out", "--queue", queue), submit("out", "--queue", queue)]);
    for (const { code, json } of both) {
      expect(code).toBe(0);
      expect(json.status).toBe("done");
    }
    const finished = workers.all[0]?.stderr.match(/"step":"chunk".*chunk finished/g)?.length;
    expect(finished).toBe(both[0]?.json.chunks);
  });

  it("can be worked on by the process that submits it", async () => {
    const { code, json } = await submit("out", "--queue", queue, "--workers", "1");
    expect(code).toBe(0);
    expect(json.status).toBe("done");
  });

  it("is taken over, its chunks too, from a worker that is killed", async () => {
    const alone = await submit("alone");
    const first = await startWorker();
    const running = submit("out", "--queue", queue);
    const dir = join(folder.path, "out", alone.json.run);
    await eventually(() => partsOf(dir).length >= 3);
    first.kill("SIGKILL");
    await startWorker();
    const { code, json } = await running;
    expect(code).toBe(0);
    expect(json.status).toBe("done");
    expect(digests(dir)).toEqual(digests(alone.json.dir));
  });

  it("is cancelled from another process within 2 s, and can be resumed", async () => {
    const worker = await startWorker();
    const running = submit("out", "--queue", queue, "--windows", "3000:7000", "--chunk", "4000");
    await eventually(
      () => readdirSync(folder.path).includes("out") && readdirSync(join(folder.path, "out")).length > 0,
    );
    const [run = ""] = readdirSync(join(folder.path, "out"));
    const out = ["--out", join(folder.path, "out"), "--queue", queue];
    const cancelled = await jac(["cancel", run, ...out]);
    const asked = Date.now();
    expect(cancelled.code).toBe(0);
    await worker.says("released");
    expect(Date.now() - asked).toBeLessThan(2000);
    const ended = await running;
    expect(ended.code).toBe(1);
    expect(ended.json.status).toBe("cancelled");
    const resumed = await jac(["resume", run, ...out, "--json"]);
    expect(resumed.code).toBe(0);
    expect(resumed.json.status).toBe("done");
  });

  it("loses nothing to a worker that is told to stop: it ends its chunks and leaves", async () => {
    const worker = await startWorker();
    const running = submit("out", "--queue", queue);
    await worker.says("chunk finished");
    worker.kill("SIGTERM");
    const stopped = await worker.finished;
    expect(stopped.code).toBe(0);
    expect(stopped.stderr).not.toContain("released");
    await startWorker();
    expect((await running).json.status).toBe("done");
  });

  it("is released by a worker that cannot end its chunk within the grace", async () => {
    const worker = await startWorker("--grace", "0");
    const running = submit("out", "--queue", queue, "--windows", "3000:5000", "--chunk", "2000");
    await eventually(() => readdirSync(folder.path).includes("out"));
    await sleep(1500); // into the chunk
    worker.kill("SIGTERM");
    const stopped = await worker.finished;
    expect(stopped.code).toBe(0);
    expect(stopped.stderr).toContain("chunk released");
    await startWorker();
    expect((await running).json.status).toBe("done");
  });
});
