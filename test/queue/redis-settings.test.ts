import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RedisQueue } from "../../src/queue/redis/redis-queue.js";
import { eventually } from "../helpers/eventually.js";
import { temporaryFolder } from "../helpers/folders.js";
import { jac } from "../helpers/jac.js";
import { SEED_LSTM } from "../helpers/places.js";
import { PrivateRedis } from "../helpers/private-redis.js";
import { freshQueueUrl } from "../helpers/redis.js";
import { Serving } from "../helpers/serve.js";
import { describeRunQueue } from "./queue-conformance.js";

const SUBMIT = ["submit", SEED_LSTM.series, "--model", SEED_LSTM.model, "--workers", "1", "--json"];

/** A server for the tests of a block, and a folder beside it. */
function serverFor(start: (folder: string) => Promise<PrivateRedis>): { redis: PrivateRedis; path: string } {
  const held = {} as { redis: PrivateRedis; path: string };
  let folder: ReturnType<typeof temporaryFolder>;
  beforeAll(async () => {
    folder = temporaryFolder();
    held.path = folder.path;
    held.redis = await start(folder.path);
  });
  afterAll(async () => {
    await held.redis.stop();
    folder.remove();
  });
  return held;
}

/** The page and the metrics are there, of a queue that nothing has used yet. */
async function expectSeen(serving: Serving): Promise<void> {
  for (const path of ["/readyz", "/", "/metrics", "/board/api/queues"])
    expect((await serving.ask(path)).status, path).toBe(200);
  expect(await (await serving.ask("/main")).text()).toContain("No runs on this queue yet");
}

const silent = (): undefined => undefined;

describe("a server with users", () => {
  const server = serverFor(async () => {
    const redis = await PrivateRedis.start("--appendonly", "yes");
    const rules = ["on", ">sesame", "~{jac*", "+@all", "-@dangerous"];
    await redis.ask((client) => client.acl("SETUSER", "jac", ...rules));
    return redis;
  });

  it("lets a run through with a user that may only touch its own keys", async () => {
    const url = freshQueueUrl(`redis://jac:sesame@127.0.0.1:${server.redis.port}`);
    const { code, json, stderr } = await jac([...SUBMIT, "--out", server.path, "--queue", url]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(json).toMatchObject({ status: "done", windows: 24 });
  });

  it("is seen by jac serve with that user, its secret nowhere", async () => {
    const serving = await Serving.start(freshQueueUrl(`redis://jac:sesame@127.0.0.1:${server.redis.port}`));
    try {
      await expectSeen(serving);
      const answers = await Promise.all(
        ["/", "/api/queue"].map(async (path) => (await serving.ask(path)).text()),
      );
      for (const answer of [...answers, serving.process.stderr]) expect(answer).not.toContain("sesame");
    } finally {
      await serving.stop();
    }
  });
});

describe("a server with TLS", () => {
  const server = serverFor(async (folder) => {
    const key = join(folder, "key.pem");
    const certificate = join(folder, "certificate.pem");
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
    const make = [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      "-keyout",
      key,
      "-out",
      certificate,
    ];
    execFileSync("openssl", [...make, ...subject], { stdio: "ignore" });
    const tls = ["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no"];
    const redis = await PrivateRedis.start("--appendonly", "yes", ...tls);
    await redis.ask((client) => client.config("SET", "tls-port", String(redis.port + 1)));
    return redis;
  });

  it("lets a run through where its certificate is given", async () => {
    const url = freshQueueUrl(
      `rediss://127.0.0.1:${server.redis.port + 1}?ca=${join(server.path, "certificate.pem")}`,
    );
    const { code, json, stderr } = await jac([...SUBMIT, "--out", server.path, "--queue", url]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(json).toMatchObject({ status: "done" });
  });

  it("is not trusted without it", async () => {
    const url = `rediss://127.0.0.1:${server.redis.port + 1}`;
    const { code, stderr } = await jac([...SUBMIT, "--chunk", "3", "--out", server.path, "--queue", url]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/self-signed certificate/);
  });
});

describe("a server that would lose jobs", () => {
  const server = serverFor(() =>
    PrivateRedis.start("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"),
  );

  it("is told of at the start, in a line each", async () => {
    const warnings: string[] = [];
    const queue = await RedisQueue.open(server.redis.url, (line) => warnings.push(line));
    await queue.close();
    expect(warnings).toEqual([
      expect.stringMatching(/maxmemory-policy is allkeys-lru, set it to noeviction/),
      expect.stringMatching(/set appendonly yes/),
    ]);
  });
});

describe("behind Sentinel", () => {
  const server = serverFor(() => PrivateRedis.start("--appendonly", "yes"));
  let sentinel: PrivateRedis;
  beforeAll(async () => {
    const config = join(server.path, "sentinel.conf");
    writeFileSync(config, `sentinel monitor jobs 127.0.0.1 ${server.redis.port} 1\n`);
    sentinel = await PrivateRedis.startWith([config, "--sentinel"]);
  });
  afterAll(() => sentinel.stop());
  describeRunQueue("RedisQueue", () =>
    RedisQueue.open(freshQueueUrl(`redis-sentinel://127.0.0.1:${sentinel.port}/jobs`), silent),
  );
});

describe("on a cluster", () => {
  const server = serverFor(async () => {
    const redis = await PrivateRedis.start(
      "--appendonly",
      "yes",
      "--cluster-enabled",
      "yes",
      "--cluster-announce-ip",
      "127.0.0.1",
    );
    await redis.ask((client) => client.cluster("ADDSLOTSRANGE", 0, 16383));
    await eventually(async () =>
      (await redis.ask((client) => client.cluster("INFO"))).includes("cluster_state:ok"),
    );
    return redis;
  });
  describeRunQueue("RedisQueue", () =>
    RedisQueue.open(freshQueueUrl(`redis-cluster://127.0.0.1:${server.redis.port}`), silent),
  );

  it("is seen by jac serve", async () => {
    const serving = await Serving.start(freshQueueUrl(`redis-cluster://127.0.0.1:${server.redis.port}`));
    await expectSeen(serving).finally(() => serving.stop());
  });
});
