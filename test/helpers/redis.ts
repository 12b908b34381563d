import { Redis } from "ioredis";

export const REDIS_URL = "redis://127.0.0.1:6379";

let serial = 0;

/** A queue's URL, on the tests' server unless told, with a key prefix nobody else has. */
export function freshQueueUrl(server = REDIS_URL): string {
  serial += 1;
  return `${server}${server.includes("?") ? "&" : "?"}prefix=jactest-${process.pid}-${serial}`;
}

/** Removes the keys this process's tests made. */
export async function forgetQueues(): Promise<void> {
  const client = new Redis(REDIS_URL);
  for await (const keys of client.scanStream({ match: `{jactest-${process.pid}-*`, count: 1000 })) {
    if (keys.length > 0) await client.unlink(...keys);
  }
  await client.quit();
}

/** Jobs that workers of a queue have in hand. */
export function activeJobs(url: string): Promise<number> {
  return jobsIn("active", url);
}

/** Jobs of a queue that a worker may take now. */
export function waitingJobs(url: string): Promise<number> {
  return jobsIn("wait", url);
}

async function jobsIn(list: "active" | "wait", url: string): Promise<number> {
  const client = new Redis(REDIS_URL);
  try {
    return await client.llen(`{${new URL(url).searchParams.get("prefix")}}:runs:${list}`);
  } finally {
    client.disconnect();
  }
}
