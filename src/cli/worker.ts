import { availableParallelism } from "node:os";
import { fireSchedules } from "../run/fire-schedule.js";
import { openQueue, openSchedules } from "../run/open-queue.js";
import { ProcessHandlers } from "../run/run-handlers.js";
import type { Listening } from "../serve/listen.js";
import type { Health } from "../serve/probes.js";
import { UserError } from "../shared/errors.js";
import { type Context, EXIT, untilInterrupted } from "./context.js";
import type { WorkerFlags } from "./options.js";
import { workerLog } from "./worker-log.js";

/** `jac worker`: takes chunks from a queue, and makes its scheduled submissions, until it is told to stop. */
export async function work(flags: WorkerFlags, context: Context): Promise<number> {
  if (!flags.queue) {
    throw new UserError("a worker needs a queue: give --queue redis://HOST:PORT, or set JAC_QUEUE_URL");
  }
  const log = workerLog(context.stderr);
  const queue = await openQueue(flags.queue, log.warn);
  const schedules = await openSchedules(flags.queue, () => undefined); // the queue's connection warns
  const threads = Math.max(1, flags.workers ?? availableParallelism());
  const handlers = new ProcessHandlers(threads, log.warn, log.event);
  const { concurrency, maxStarts } = flags;
  const worker = await queue.work(handlers, { concurrency, maxStarts, warn: log.warn });
  const endSchedules = await schedules.serve(fireSchedules(queue), log.warn);
  let stopping = false;
  const listening = await answerProbes(flags, {
    ill: () => (stopping || worker.vitals().consuming ? null : "it takes no jobs"), // one that stops must not be killed for it
    unready: () => (stopping ? "it is stopping" : worker.vitals().connected ? null : "it has lost the queue"),
  });
  if (listening !== null) log.info(`probes at http://${flags.listen?.host}:${listening.port}`);
  log.info(`ready: ${threads} threads, ${concurrency} chunks at once`);
  await untilInterrupted(context);
  stopping = true;
  log.info(`stopping, up to ${flags.grace} s`);
  await Promise.all([worker.close(flags.grace * 1000), endSchedules()]);
  await Promise.all([handlers.close(), queue.close(), schedules.close(), listening?.close()]);
  return EXIT.done;
}

/** Answers /healthz and /readyz where --listen asks for it. */
async function answerProbes({ listen: address }: WorkerFlags, health: Health): Promise<Listening | null> {
  if (address === undefined) return null;
  const [{ listen }, { probes }] = await Promise.all([
    import("../serve/listen.js"),
    import("../serve/probes.js"),
  ]);
  return await listen(probes(health), address.host, address.port);
}
