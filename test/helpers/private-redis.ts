import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { Redis } from "ioredis";
import { afterEach, beforeEach } from "vitest";
import { eventually } from "./eventually.js";
import { temporaryFolder } from "./folders.js";

/** A redis-server of a test's own, with an append-only file, that can be killed and started again. */
export class PrivateRedis {
  readonly #folder = temporaryFolder();
  #server: ChildProcess | null = null;

  private constructor(
    readonly port: number,
    readonly settings: readonly string[],
    readonly saves: boolean,
  ) {}

  static async start(...settings: string[]): Promise<PrivateRedis> {
    const given = settings.length > 0 ? settings : ["--appendonly", "yes"];
    const redis = new PrivateRedis(await freePort(), given, true);
    await redis.start();
    return redis;
  }

  /** With exactly these arguments beside its port: a sentinel, say. */
  static async startWith(args: readonly string[]): Promise<PrivateRedis> {
    const redis = new PrivateRedis(await freePort(), args, false);
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const place = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.#folder.path];
    const args = this.saves ? [...place, "--save", "", ...this.settings] : [...this.settings, ...place];
    this.#server = spawn("redis-server", args, { stdio: "ignore" });
    await eventually(() => this.#answers());
  }

  /** Kills the server as a crash would; resolves when it is gone. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null || server.exitCode !== null) return;
    const gone = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGKILL");
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill();
    this.#folder.remove();
  }

  /** Runs commands on the server. */
  async ask<T>(operation: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(this.port, "127.0.0.1", { maxRetriesPerRequest: 0, retryStrategy: () => null });
    client.on("error", () => undefined);
    try {
      return await operation(client);
    } finally {
      client.disconnect();
    }
  }

  async #answers(): Promise<boolean> {
    return await this.ask(async (client) => (await client.ping()) === "PONG").catch(() => false);
  }
}

/** A server for each test of a file or block, started before it and stopped after it. */
export function redisPerTest(): { readonly redis: PrivateRedis } {
  let redis: PrivateRedis;
  beforeEach(async () => {
    redis = await PrivateRedis.start();
  });
  afterEach(() => redis.stop());
  return {
    get redis() {
      return redis;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
