import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { RedisQueue } from "../../src/queue/redis/redis-queue.js";
import type { QueueWorker } from "../../src/queue/run-queue.js";
import { PermanentError } from "../../src/shared/errors.js";
import { eventually } from "../helpers/eventually.js";
import { temporaryFolder } from "../helpers/folders.js";
import { Jac, jac } from "../helpers/jac.js";
import { WEATHER } from "../helpers/places.js";
import { activeJobs, forgetQueues, freshQueueUrl } from "../helpers/redis.js";
import { Serving, TOKEN } from "../helpers/serve.js";

let url: string;
let serving: Serving;

beforeEach(() => {
  url = freshQueueUrl();
});
afterEach(() => serving?.stop());
afterAll(forgetQueues);

describe("jac serve", () => {
  it("answers nobody without the token but the probes", async () => {
    serving = await Serving.start(url);
    for (const path of ["/", "/main", "/metrics", "/board/", "/board/api/queues", "/runs/r0/report"]) {
      const strangers = [
        {},
        { headers: { authorization: "Bearer open" } },
        { headers: { cookie: "jac-token=open" } },
      ];
      for (const init of strangers) expect((await serving.ask(path, init)).status, path).toBe(401);
      expect((await serving.ask(`${path}?token=open`, {})).status, path).toBe(401);
    }
    for (const path of ["/", "/main", "/metrics", "/board/", "/board/api/queues"])
      expect((await serving.ask(path)).status, path).toBe(200);
    for (const path of ["/healthz", "/readyz"]) expect((await serving.ask(path, {})).status, path).toBe(200);
  });

  it("takes the token from the address once, and keeps it in a cookie that no script and no other site can use", async () => {
    serving = await Serving.start(url);
    const answer = await serving.ask(`/?token=${TOKEN}`, {});
    expect(answer.status).toBe(302);
    expect(answer.headers.get("location")).toBe("/");
    const cookie = answer.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    expect((await serving.ask("/", { headers: { cookie: cookie.split(";")[0]! } })).status).toBe(200);
  });

  it("makes a token of its own where none is given, and prints it once", async () => {
    const process = new Jac(["serve", "--queue", url, "--port", "0"]);
    try {
      await process.says("token=");
      const [, address = ""] = /at (http\S+)/.exec(process.stderr) ?? [];
      expect((await fetch(address, { redirect: "manual" })).status).toBe(302);
      expect((await fetch(address.replace(/token=.*/, "token=x"))).status).toBe(401);
    } finally {
      process.kill("SIGTERM");
      expect((await process.finished).code).toBe(0);
    }
  });

  it("listens on the loopback unless told, and says when it cannot", async () => {
    serving = await Serving.start(url);
    expect(serving.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const { code, stderr } = await jac(["serve", "--queue", url, "--port", serving.url.split(":").at(-1)!]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/cannot listen on 127\.0\.0\.1:\d+: EADDRINUSE; give another --host or --port/);
  });

  it.each([
    { args: [], status: 405 },
    { args: ["--manage"], status: 204 },
  ])("lets the board change jobs only where asked: $args", async ({ args, status }) => {
    serving = await Serving.start(url, ...args);
    const queue = await RedisQueue.open(url, () => undefined);
    await queue.enqueue({ run: "r000000000000001", folder: "/nowhere", chunks: [0, 1] });
    const queues = await (
      await serving.ask("/board/api/queues?activeQueue=runs&status=waiting&page=1")
    ).json();
    const { jobs = [] } =
      (queues as { queues: { name: string; jobs: { id: string }[] }[] }).queues.find(
        ({ name }) => name === "runs",
      ) ?? {};
    expect(jobs).toHaveLength(2);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const remove = `/board/api/queues/runs/${encodeURIComponent(jobs[0]!.id)}/clean`;
    expect((await serving.ask(remove, { method: "PUT", headers })).status).toBe(status);
    await queue.close();
  });

  it("shows why chunks fail, of runs whose folder it cannot see too, and escapes what it shows", async () => {
    serving = await Serving.start(url);
    const queue = await RedisQueue.open(url, () => undefined);
    let worker: QueueWorker | null = null;
    try {
      await queue.enqueue({ run: "r000000000000002", folder: "/nowhere", chunks: [0, 1, 2] });
      const handlers = {
        chunk: async ({ chunk }: { chunk: number }, signal: AbortSignal) => {
          if (chunk === 0) throw new PermanentError("model.h5 is <b>damaged</b>");
          if (chunk === 1) throw new Error("the disk is away");
          await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        },
        reduce: async () => undefined,
        fail: async () => undefined,
      };
      worker = await queue.work(handlers, { concurrency: 3, maxStarts: 5, warn: () => undefined });
      const page = async (): Promise<string> => await (await serving.ask("/main")).text();
      await eventually(async () => /chunk 1: retrying, the disk is away/.test(await page()));
      await eventually(async () => /chunk 0: given up/.test(await page()));
      expect(await page()).toContain("chunk 0: given up, model.h5 is &#60;b&#62;damaged&#60;/b&#62;");
      expect(await page()).toContain("its folder cannot be seen from here");
    } finally {
      await worker?.close(0);
      await queue.cancel("r000000000000002");
      await queue.close();
    }
  });
});

describe("jac worker --listen", () => {
  it("is well and ready while it takes jobs, and well but not ready while it stops", async () => {
    const worker = new Jac(["worker", "--queue", url, "--listen", "0", "--workers", "1", "--grace", "5"]);
    await worker.says("probes at");
    const [, address = ""] = /probes at (http:\S+?)"/.exec(worker.stderr) ?? [];
    const status = async (path: string): Promise<number> => (await fetch(`${address}${path}`)).status;
    expect([await status("/healthz"), await status("/readyz"), await status("/")]).toEqual([200, 200, 404]);
    const folder = temporaryFolder();
    const slow = ["--engine", "reference", "--windows", "3000:3400", "--chunk", "400"]; // some seconds in one piece
    await jac(["submit", WEATHER, ...slow, "--queue", url, "--detach", "--out", folder.path]);
    await eventually(async () => (await activeJobs(url)) === 1);
    worker.kill("SIGTERM");
    await worker.says("stopping");
    expect([await status("/healthz"), await status("/readyz")]).toEqual([200, 503]);
    expect((await worker.finished).code).toBe(0);
    folder.remove();
    await expect(fetch(`${address}/healthz`)).rejects.toThrow();
  });
});
