import { pino } from "pino";
import type { JobEvent } from "../queue/run-queue.js";

/** A worker's log. */
export interface WorkerLog {
  info(line: string): void;
  warn(line: string): void;
  event(event: JobEvent): void;
}

const levels = {
  started: "debug",
  finished: "info",
  retrying: "warn",
  "given-up": "error",
  released: "info",
  stalled: "warn",
} as const satisfies Record<JobEvent["kind"], string>;

/**
 * A worker's log: a line of JSON for each thing that happens, with run and chunk in it, and with what failed a job as
 * `err`, its stack and those of its causes.
 */
export function workerLog(stream: NodeJS.WritableStream): WorkerLog {
  const logger = pino({ base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, stream);
  return {
    info: (line) => logger.info(line),
    warn: (line) => logger.warn(line),
    event: ({ kind, step, run, chunk, reason, error, seconds }) =>
      logger[levels[kind]](
        { run, step, ...(chunk === null ? {} : { chunk }), reason, seconds, err: error },
        `${step} ${kind}`,
      ),
  };
}
