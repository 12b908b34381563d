import { createClient, type RedisClient } from "./create-client.js";
import { probeRedis, unreachable } from "./probe-redis.js";
import { parseQueueUrl, type QueueAddress } from "./queue-url.js";

/** A connection to the Redis of a queue, and what its URL says beside. */
export interface RedisLink {
  readonly address: QueueAddress;
  readonly client: RedisClient;
  /**
   * The operation's result; an UnreachableError where the server stays out of reach for a few seconds meanwhile.
   * For what a person waits for: workers wait without end.
   */
  promptly<T>(operation: Promise<T>): Promise<T>;
  close(): void;
}

const OUTAGE_MS = 4000;

/**
 * Connects to the queue's Redis; rejects within 5 s with an UnreachableError where it cannot be reached or refuses
 * the login. After that the connection mends itself; `warn` hears of each outage once.
 */
export async function connectRedis(url: string, warn: (line: string) => void): Promise<RedisLink> {
  const address = parseQueueUrl(url);
  const { mayAsk } = await probeRedis(address, warn);
  const client = createClient(address, {
    maxRetriesPerRequest: null,
    connectTimeout: 10_000,
    retryStrategy: (times) => Math.min(50 * 2 ** times, 1000),
    enableReadyCheck: mayAsk, // by INFO; a user who may not is told LOADING and READONLY by the commands themselves
    reconnectOnError: (error) => (/^(READONLY|LOADING)/.test(error.message) ? 2 : false), // 2: and send it again
  });
  let down = false;
  let closed = false;
  const lost = (): void => {
    if (!down && !closed) warn(`lost the queue at ${address.label}; waiting for it`);
    down = true;
  };
  client.on("close", lost);
  client.on("error", lost); // without a listener ioredis prints every retry
  client.on("ready", () => {
    if (down) warn(`the queue at ${address.label} is back`);
    down = false;
  });
  return {
    address,
    client,
    promptly: (operation) => promptly(operation, client, address),
    close: () => {
      closed = true;
      client.disconnect();
    },
  };
}

async function promptly<T>(operation: Promise<T>, client: RedisClient, address: QueueAddress): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let awaySince: number | null = null;
  const away = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const here = client.status === "ready";
      awaySince = here ? null : (awaySince ?? Date.now());
      if (awaySince !== null && Date.now() - awaySince >= OUTAGE_MS - 500)
        reject(unreachable(address, new Error("the connection was lost")));
    }, 250);
  });
  try {
    return await Promise.race([operation, away]);
  } finally {
    clearInterval(timer);
  }
}
