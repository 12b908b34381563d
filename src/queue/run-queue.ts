import type { Meter } from "./meter.js";

/**
 * The queue between a submission and the workers. Two implementations, `LocalQueue` (this process) and
 * `RedisQueue` (BullMQ), pass one conformance suite. A job carries names and numbers, never data; it may be run more
 * than once, so what it does must be safe to repeat.
 */
export interface RunQueue {
  /**
   * Enqueues the chunks of a run and, behind them all, its reduce step, unless the run is already under way
   * ("live"). Enqueueing a run that was cancelled, failed or lost starts it anew with just these chunks.
   */
  enqueue(submission: Submission): Promise<"enqueued" | "live">;
  /** Begins to take jobs, up to `concurrency` at once. */
  work(handlers: RunHandlers, options: WorkOptions): Promise<QueueWorker>;
  progress(run: string): Promise<RunProgress>;
  /**
   * Ends the run's jobs, those being worked on included, wherever they are. In one step with that it is decided
   * whether the run ends as cancelled or by itself: never both, and never neither.
   */
  cancel(run: string): Promise<CancelAnswer>;
  close(): Promise<void>;
}

/** ended: it had ended otherwise, or its reduce step is just writing its end; unknown: the queue does not know it. */
export type CancelAnswer = "cancelled" | "ended" | "unknown";

/** A run as it is handed to a queue. */
export interface Submission {
  readonly run: string;
  readonly folder: string; // uri of the run's folder
  readonly chunks: readonly number[]; // indices still to be computed; none: only the reduce step is left
}

/** The job of a chunk. */
export interface ChunkJob {
  readonly run: string;
  readonly folder: string;
  readonly chunk: number;
}

/** The job behind all chunks of a run. */
export interface ReduceJob {
  readonly run: string;
  readonly folder: string;
  /** Why chunks were given up, by index; a chunk that is missing on disk and not here was lost. */
  readonly reasons: ReadonlyMap<number, string>;
  /**
   * To be called before the run's end is recorded: from then on the run is no longer cancelled. Rejects where it was
   * cancelled or enqueued anew before.
   */
  end(): Promise<void>;
}

/** What to do with jobs. A PermanentError or UserError is never retried, any other error is, a few times. */
export interface RunHandlers {
  chunk(job: ChunkJob, signal: AbortSignal, meter: Meter): Promise<void>;
  reduce(job: ReduceJob, signal: AbortSignal, meter: Meter): Promise<void>;
  /** Records that the run as a whole failed: its reduce step was given up. */
  fail(job: Omit<ReduceJob, "end">, reason: string): Promise<void>;
  /** Hears of everything that happens to jobs here, for logs. */
  observe?(event: JobEvent): void;
}

/** What happened to a job here. */
export interface JobEvent {
  readonly kind: "started" | "finished" | "retrying" | "given-up" | "released" | "stalled";
  readonly step: "chunk" | "reduce";
  readonly run: string;
  readonly chunk: number | null;
  readonly reason?: string;
  /** What failed the job, whose message is the reason. */
  readonly error?: unknown;
  readonly seconds?: number;
}

/** How a worker takes jobs. */
export interface WorkOptions {
  readonly concurrency: number;
  /** Times a chunk may kill the process that works on it before it is given up. */
  readonly maxStarts: number;
  /** Hears of troubles that mend themselves (a connection lost and found), one line each. */
  readonly warn: (line: string) => void;
}

/** A worker that takes jobs until it is closed. */
export interface QueueWorker {
  /** Takes no more jobs, gives those under way `graceMs` to end, then releases them, and resolves. */
  close(graceMs: number): Promise<void>;
  /** How it is, for those who would start it anew or send it nothing. */
  vitals(): WorkerVitals;
}

/** How a worker is. */
export interface WorkerVitals {
  /** It takes jobs when there are some and its hands are free. */
  readonly consuming: boolean;
  /** It has reached the queue within the last seconds. */
  readonly connected: boolean;
  readonly active: number; // jobs being worked on
}

/** How a run stands on its queue. */
export interface RunProgress {
  readonly state: RunState;
  readonly done: number; // chunks
  readonly failed: number;
  readonly total: number; // chunks enqueued
  /** Workers that could take its jobs now. */
  readonly workers: number;
  /** Why it failed or is stuck. */
  readonly reason: string | null;
}

/** unknown: the queue has never heard of it, or forgot; stuck: its jobs are there but none will ever run. */
export type RunState = "unknown" | "running" | "reducing" | "done" | "failed" | "cancelled" | "stuck";

/** How often a step that fails with an error that may pass is tried in all, and how long between (doubling). */
export const ATTEMPTS = 5;
/** How long after the first failure a step is tried again, in ms; each wait is twice the one before. */
export const FIRST_RETRY_MS = 500;

/** The default of WorkOptions.maxStarts. */
export const MAX_STARTS = 5;

/** Why a job's signal was aborted. */
export class Interruption extends Error {
  override readonly name = "Interruption";
  constructor(readonly why: "cancelled" | "lock-lost" | "closing") {
    super(
      {
        cancelled: "the run was cancelled",
        "lock-lost": "another worker has taken the job over",
        closing: "the worker is closing",
      }[why],
    );
  }
}
