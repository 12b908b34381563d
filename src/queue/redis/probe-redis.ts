import { messageOf, UnreachableError, UserError } from "../../shared/errors.js";
import { createClient, type RedisClient } from "./create-client.js";
import type { QueueAddress } from "./queue-url.js";

const CONNECT_MS = 2500;
const ANSWER_MS = 3000; // with the start of the process within the 5 s of the contract

/**
 * Connects once, to fail early and plainly: with an UnreachableError within 5 s, or a UserError for a server that is
 * too old. `warn` hears what an operator should know before trusting the server with a run. What comes back is
 * whether this user may ask for the server's state.
 */
export async function probeRedis(
  address: QueueAddress,
  warn: (line: string) => void,
): Promise<{ readonly mayAsk: boolean }> {
  let cause: unknown = null;
  const client = createClient(address, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    enableReadyCheck: false, // a server that is still loading says so to PING
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  client.on("error", (error: Error) => {
    cause ??= error;
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_MS / 1000} s`)), ANSWER_MS);
  });
  try {
    return await Promise.race([ask(client, address, warn), late]);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw unreachable(address, cause ?? error);
  } finally {
    clearTimeout(timer);
    client.disconnect();
  }
}

async function ask(
  client: RedisClient,
  address: QueueAddress,
  warn: (line: string) => void,
): Promise<{ mayAsk: boolean }> {
  await client.connect();
  await client.ping();
  const info = await client.info().catch(() => null);
  if (info === null) return { mayAsk: false };
  const save = await client.config("GET", "save").catch(() => null);
  adviseOn(info, Array.isArray(save) ? String(save[1] ?? "") : null, address, warn);
  return { mayAsk: true };
}

/** `save`: when snapshots are taken, "" for never; null: not known. */
function adviseOn(
  info: string,
  save: string | null,
  { label }: QueueAddress,
  warn: (line: string) => void,
): void {
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];
  const version = field("redis_version") ?? "";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isRedis = version !== "" && field("valkey_version") === undefined;
  if (isRedis && (major < 6 || (major === 6 && minor < 2))) {
    throw new UserError(`the queue at ${label} is Redis ${version}; 6.2 or newer is needed`);
  }
  const policy = field("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    warn(
      `the queue at ${label} may drop jobs when memory is short: maxmemory-policy is ${policy}, set it to noeviction`,
    );
  }
  if (field("aof_enabled") === "0" && save === "") {
    warn(
      `the queue at ${label} forgets its jobs when it restarts: set appendonly yes (a lost run is resumed by jac resume)`,
    );
  }
}

/** The one line about a server that cannot be used now. */
export function unreachable(address: QueueAddress, cause: unknown): UserError {
  const last = (cause as { lastNodeError?: unknown } | null)?.lastNodeError ?? cause;
  const reason = messageOf(last) || (last as NodeJS.ErrnoException).code || "no answer";
  const refused = /^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH|ERR invalid password)/.test(reason);
  return refused
    ? new UnreachableError(
        `the queue at ${address.label} refuses the login: ${reason.split(" ", 1)[0]}; check the user and password in its URL`,
        { cause },
      )
    : new UnreachableError(
        `the queue at ${address.label} cannot be reached (${reason}); start it, or leave out --queue to run without one`,
        { cause },
      );
}
