import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

/** How long a thread may take, and how much it may hold. */
export interface ThreadLimits {
  readonly patience: number; // ms
  readonly heap: number; // MiB of JavaScript objects, typed arrays not counted
}

/**
 * Starts a thread for one question and ends it with the answer: for readers of files whose libraries a damaged file
 * can send into an endless loop or out of memory, which then end with the thread and not with the process. The
 * module at `url` is plain JavaScript, the same file for the sources and for the build; it gets the question as its
 * first message, which may be a promise, so that the thread loads its library meanwhile, and posts one message.
 * Rejects where the thread fails, ends early or takes too long, and where the question does.
 */
export async function askThread<T>(url: URL, question: unknown, limits: ThreadLimits): Promise<T> {
  const worker = new Worker(fileURLToPath(url), {
    execArgv: [],
    // Young objects stay in the processor's cache: V8's own size takes a reader of many small ones 5 % longer.
    resourceLimits: { maxOldGenerationSizeMb: limits.heap, maxYoungGenerationSizeMb: 12 },
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error("reading it does not end")), limits.patience);
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", () => reject(new Error("reading it ended its thread")));
      Promise.resolve(question).then((value) => worker.postMessage(value), reject);
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
