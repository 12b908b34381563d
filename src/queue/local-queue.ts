import { setTimeout as sleep } from "node:timers/promises";
import { isPermanent, messageOf } from "../shared/errors.js";
import { silentMeter } from "./meter.js";
import {
  ATTEMPTS,
  type CancelAnswer,
  FIRST_RETRY_MS,
  Interruption,
  type JobEvent,
  type QueueWorker,
  type RunHandlers,
  type RunProgress,
  type RunQueue,
  type Submission,
  type WorkerVitals,
  type WorkOptions,
} from "./run-queue.js";

interface LocalRun {
  readonly submission: Submission;
  readonly waiting: number[]; // chunks nobody has taken, ascending
  readonly reasons: Map<number, string>;
  readonly abort: AbortController;
  done: number;
  active: number;
  ending: boolean; // its end is being written: too late to cancel
  state: RunProgress["state"];
  reason: string | null;
}

/**
 * The queue of one process, in memory. It needs to survive nothing: after a kill, the same submission finds the
 * committed chunks in the run's folder and enqueues the rest.
 */
export class LocalQueue implements RunQueue {
  readonly #runs = new Map<string, LocalRun>();
  readonly #workers = new Set<LocalWorker>();

  async enqueue(submission: Submission): Promise<"enqueued" | "live"> {
    const known = this.#runs.get(submission.run);
    if (known?.state === "running" || known?.state === "reducing") return "live";
    this.#runs.set(submission.run, {
      submission,
      waiting: [...submission.chunks],
      reasons: new Map(),
      abort: new AbortController(),
      done: 0,
      active: 0,
      ending: false,
      state: "running",
      reason: null,
    });
    this.#wake();
    return "enqueued";
  }

  async work(handlers: RunHandlers, options: WorkOptions): Promise<QueueWorker> {
    const worker = new LocalWorker(
      handlers,
      options,
      () => this.#next(),
      () => this.#wake(),
    );
    this.#workers.add(worker);
    worker.onClose = () => this.#workers.delete(worker);
    worker.fill();
    return worker;
  }

  async progress(run: string): Promise<RunProgress> {
    const known = this.#runs.get(run);
    const workers = this.#workers.size;
    if (known === undefined) return { state: "unknown", done: 0, failed: 0, total: 0, workers, reason: null };
    const { state, done, reason } = known;
    return {
      state,
      done,
      failed: known.reasons.size,
      total: known.submission.chunks.length,
      workers,
      reason,
    };
  }

  async cancel(run: string): Promise<CancelAnswer> {
    const known = this.#runs.get(run);
    if (known === undefined) return "unknown";
    if (known.state === "cancelled") return "cancelled";
    if (known.ending || (known.state !== "running" && known.state !== "reducing")) return "ended";
    known.state = "cancelled";
    known.abort.abort(new Interruption("cancelled"));
    return "cancelled";
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.close(0)));
  }

  #wake(): void {
    for (const worker of this.#workers) worker.fill();
  }

  /** The next job in order of submission: a chunk, or the reduce step once the run's chunks have ended. */
  #next(): LocalJob | null {
    for (const run of this.#runs.values()) {
      if (run.state !== "running") continue;
      const chunk = run.waiting.shift();
      if (chunk !== undefined) return chunkJob(run, chunk);
      if (run.active === 0) return reduceJob(run);
    }
    return null;
  }
}

/** A job taken from the queue: what to do, and what its end means to the run. */
interface LocalJob {
  readonly event: Omit<JobEvent, "kind">;
  readonly signal: AbortSignal;
  perform(handlers: RunHandlers, signal: AbortSignal): Promise<void>;
  succeed(): void;
  giveUp(handlers: RunHandlers, reason: string): Promise<void>;
  /** Puts the job back, as if it had not been taken. */
  release(): void;
}

function chunkJob(run: LocalRun, chunk: number): LocalJob {
  const { run: id, folder } = run.submission;
  run.active += 1;
  return {
    event: { step: "chunk", run: id, chunk },
    signal: run.abort.signal,
    perform: (handlers, signal) => handlers.chunk({ run: id, folder, chunk }, signal, silentMeter),
    succeed: () => {
      run.active -= 1;
      run.done += 1;
    },
    giveUp: async (_handlers, reason) => {
      run.active -= 1;
      run.reasons.set(chunk, reason);
    },
    release: () => {
      run.active -= 1;
      run.waiting.unshift(chunk);
    },
  };
}

function reduceJob(run: LocalRun): LocalJob {
  const { run: id, folder } = run.submission;
  const end = async (): Promise<void> => {
    run.abort.signal.throwIfAborted();
    run.ending = true;
  };
  const job = { run: id, folder, reasons: run.reasons, end };
  run.state = "reducing";
  const settle = (state: RunProgress["state"]): void => {
    if (run.state === "reducing") run.state = state; // not where it was cancelled meanwhile
    run.ending = false;
  };
  return {
    event: { step: "reduce", run: id, chunk: null },
    signal: run.abort.signal,
    perform: (handlers, signal) => handlers.reduce(job, signal, silentMeter),
    succeed: () => settle("done"),
    giveUp: async (handlers, reason) => {
      run.reason = reason;
      run.ending = true;
      await handlers.fail(job, reason).finally(() => settle("failed"));
    },
    release: () => settle("running"),
  };
}

class LocalWorker implements QueueWorker {
  readonly #active = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #closed = false;
  onClose: () => void = () => undefined;

  constructor(
    readonly handlers: RunHandlers,
    readonly options: WorkOptions,
    readonly next: () => LocalJob | null,
    readonly changed: () => void,
  ) {}

  /** Takes jobs until its hands are full. */
  fill(): void {
    while (!this.#closed && this.#active.size < this.options.concurrency) {
      const job = this.next();
      if (job === null) return;
      const running: Promise<void> = this.#run(job).finally(() => {
        this.#active.delete(running);
        this.changed();
      });
      this.#active.add(running);
    }
  }

  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    const timer = setTimeout(() => this.#closing.abort(new Interruption("closing")), graceMs);
    await Promise.all(this.#active);
    clearTimeout(timer);
    this.onClose();
  }

  vitals(): WorkerVitals {
    return { consuming: !this.#closed, connected: true, active: this.#active.size };
  }

  async #run(job: LocalJob): Promise<void> {
    const observe = (kind: JobEvent["kind"], more: Partial<JobEvent> = {}): void =>
      this.handlers.observe?.({ ...job.event, kind, ...more });
    const signal = AbortSignal.any([job.signal, this.#closing.signal]);
    for (let attempt = 1; ; attempt++) {
      const started = performance.now();
      observe("started");
      try {
        signal.throwIfAborted();
        await job.perform(this.handlers, signal);
        job.succeed();
        return observe("finished", { seconds: (performance.now() - started) / 1000 });
      } catch (error) {
        const reason = messageOf(error);
        if (signal.aborted) {
          job.release();
          return observe("released", { reason: messageOf(signal.reason) });
        }
        if (attempt >= ATTEMPTS || isPermanent(error)) {
          // Where the run's folder is out of reach, the state still says "failed".
          await job.giveUp(this.handlers, reason).catch((e: unknown) => this.options.warn(messageOf(e)));
          return observe("given-up", { reason, error });
        }
        observe("retrying", { reason, error });
        await sleep(FIRST_RETRY_MS * 2 ** (attempt - 1), null, { signal }).catch(() => undefined);
      }
    }
  }
}
