import type { RunQueue } from "../queue/run-queue.js";
import * as run from "../run/open-queue.js";
import { type Context, print } from "./context.js";

/** The queue that --queue names, its warnings going to stderr; null without one: the embedded queue. */
export async function openQueue(url: string | undefined, context: Context): Promise<RunQueue | null> {
  if (url === undefined || url === "") return null;
  return await run.openQueue(url, (line) => print(context.stderr, `jac: ${line}`));
}
