import type { Batch, Executor, TargetResult } from "./engine.js";

/**
 * An executor's calls one after another, in the order they came: each uses all threads and the one arena, so that two
 * at once would only wait for each other, and where they do so in native code they hold a thread of libuv's pool that
 * files and names are waiting for. A call that is aborted while it waits never starts. Every engine hands out these.
 */
export class OrderedExecutor implements Executor {
  readonly #executor: Executor;
  #last: Promise<unknown> = Promise.resolve();

  constructor(executor: Executor) {
    this.#executor = executor;
  }

  get lanes(): number {
    return this.#executor.lanes;
  }

  run(batch: Batch, signal?: AbortSignal): Promise<TargetResult[]> {
    const call = this.#last.then(() => {
      signal?.throwIfAborted();
      return this.#executor.run(batch, signal);
    });
    this.#last = call.catch(() => undefined); // its caller hears of it; the next one may begin
    return call;
  }

  /** Once the calls that came before have ended. */
  async close(): Promise<void> {
    await this.#last;
    await this.#executor.close();
  }
}
