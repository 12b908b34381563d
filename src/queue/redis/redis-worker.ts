import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { type Job, UnrecoverableError, WaitingError, Worker } from "bullmq";
import { isPermanent, messageOf, PermanentError } from "../../shared/errors.js";
import { Gate } from "../gate.js";
import {
  ATTEMPTS,
  Interruption,
  type JobEvent,
  type QueueWorker,
  type RunHandlers,
  type WorkerVitals,
  type WorkOptions,
} from "../run-queue.js";
import { bullmqOptions } from "./bullmq-options.js";
import type { RedisLink } from "./connect-redis.js";
import { type JobData, QUEUE, reasonsOf } from "./job-data.js";
import type { RunRecords } from "./run-records.js";
import { RunTotals } from "./run-totals.js";
import { TotalsRecorder } from "./totals-recorder.js";

/** A job whose worker died is taken over after the rest of its lock and one round of checks. */
const LOCK_MS = 8000;
const CHECK_MS = 2000;
const CANCEL_MS = 500;
const BEAT_MS = 4000;
const TOTALS_MS = 2000;
const CLOSE_MS = 3000;

/** A worker with free hands that lets jobs wait for this long does not consume any more. */
const IDLE_MS = 60_000;

interface Active {
  readonly run: string;
  readonly flow: string;
  readonly abort: AbortController;
}

/** A process's part in the queue: takes jobs, keeps their locks, and ends them when they are no longer its own. */
export class RedisWorker implements QueueWorker {
  readonly #id = `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;
  readonly #worker: Worker<JobData>;
  readonly #recorder: TotalsRecorder;
  readonly #active = new Map<string, Active>();
  readonly #gate = new Gate();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #told = new Map<string, number>(); // warnings and when they were given
  #looking = false;
  #reached = Number.NEGATIVE_INFINITY; // when the server last answered
  #letWait: number | null = null; // since when jobs have waited although its hands were free
  #releasing = false;

  constructor(
    readonly link: RedisLink,
    readonly records: RunRecords,
    readonly handlers: RunHandlers,
    readonly options: WorkOptions,
  ) {
    this.#recorder = new TotalsRecorder(new RunTotals(link.client, link.address.prefix));
    this.#worker = new Worker<JobData>(QUEUE, (job, token = "") => this.#process(job, token), {
      ...bullmqOptions(link),
      name: this.#id,
      autorun: false,
      concurrency: options.concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: CHECK_MS,
      maxStalledCount: Number.MAX_SAFE_INTEGER, // counts over a job's whole life; #process bounds what kills workers
      runRetryDelay: 1000,
    });
    this.#worker.on("error", (error) => this.#warn(error));
    this.#worker.on("stalled", (id) => {
      const [run = "", , chunk] = id.split("-");
      const step = chunk === undefined ? "reduce" : "chunk";
      this.#observe({
        kind: "stalled",
        step,
        run,
        chunk: chunk === undefined ? null : Number(chunk),
      });
    });
    // BullMQ lets the processor of a job go on whose lock is lost; another worker has it by then.
    this.#worker.on("lockRenewalFailed", (ids) => {
      for (const id of ids) this.#active.get(id)?.abort.abort(new Interruption("lock-lost"));
    });
  }

  async start(): Promise<void> {
    await this.records.beat(this.#id);
    this.#reached = performance.now();
    const beat = (): void => void this.#beat().catch(() => undefined);
    this.#timers.push(
      setInterval(beat, BEAT_MS),
      setInterval(() => void this.#look(), CANCEL_MS),
      setInterval(() => void this.#recorder.flush().catch(() => undefined), TOTALS_MS),
    );
    void this.#worker.run().catch((error: unknown) => this.#warn(error));
  }

  async close(graceMs: number): Promise<void> {
    await this.#worker.pause(true);
    await this.#drained(graceMs);
    this.#releasing = true;
    for (const { abort } of this.#active.values()) abort.abort(new Interruption("closing"));
    await this.#drained(CLOSE_MS);
    for (const timer of this.#timers) clearInterval(timer);
    await within(CLOSE_MS, this.#recorder.flush()); // nothing of it matters where Redis is away
    await within(CLOSE_MS, this.records.leave(this.#id));
    await within(CLOSE_MS, this.#worker.close());
  }

  vitals(): WorkerVitals {
    const now = performance.now();
    const letWait = this.#letWait !== null && now - this.#letWait > IDLE_MS;
    const { status } = this.link.client;
    return {
      consuming: this.#worker.isRunning() && !this.#worker.isPaused() && !letWait,
      connected: status === "ready" && now - this.#reached < 3 * BEAT_MS,
      active: this.#active.size,
    };
  }

  async #beat(): Promise<void> {
    await this.records.beat(this.#id);
    const waiting = await this.link.client.llen(this.#worker.toKey("wait"));
    this.#reached = performance.now();
    const idle = waiting > 0 && this.#active.size < this.options.concurrency;
    this.#letWait = idle ? (this.#letWait ?? performance.now()) : null;
  }

  async #process(job: Job<JobData>, token: string): Promise<void> {
    this.#letWait = null;
    const { run, flow, chunk } = job.data;
    const about = { step: chunk === undefined ? "reduce" : "chunk", run, chunk: chunk ?? null } as const;
    const abort = new AbortController();
    const started = performance.now();
    this.#active.set(job.id ?? "", { run, flow, abort });
    if (this.#releasing) abort.abort(new Interruption("closing")); // its fetch was on the way
    this.#observe({ ...about, kind: "started" });
    try {
      await this.#perform(job, abort.signal);
      this.#observe({ ...about, kind: "finished", seconds: (performance.now() - started) / 1000 });
    } catch (error) {
      const reason = messageOf(abort.signal.aborted ? abort.signal.reason : error);
      if (abort.signal.reason instanceof Interruption && abort.signal.reason.why === "closing") {
        this.#observe({ ...about, kind: "released", reason });
        await job.moveToWait(token);
        throw new WaitingError();
      }
      const last = isPermanent(error) || abort.signal.aborted || job.attemptsMade + 1 >= ATTEMPTS;
      this.#observe({
        ...about,
        ...(abort.signal.aborted ? { kind: "released" } : { kind: last ? "given-up" : "retrying", error }),
        reason,
      });
      if (last && chunk === undefined && !abort.signal.aborted) await this.#fail(job, reason);
      throw last ? new UnrecoverableError(reason) : error;
    } finally {
      this.#active.delete(job.id ?? "");
    }
  }

  /**
   * A job that has been started before may be one that kills its process: it runs alone, so that a further death is
   * its own and no neighbour's, and its starts without an end are counted.
   */
  async #perform(job: Job<JobData>, signal: AbortSignal): Promise<void> {
    const { run, flow, chunk } = job.data;
    const again = job.attemptsStarted > 1;
    const release = again ? await this.#gate.exclusive() : await this.#gate.shared();
    try {
      await this.#check(run, flow);
      signal.throwIfAborted();
      if (!again) return await this.#handle(job, signal);
      const step = chunk === undefined ? "reduce" : String(chunk);
      if ((await this.records.countStart(run, flow, step)) >= this.options.maxStarts) {
        throw new PermanentError(
          `given up after ${this.options.maxStarts} starts, each of which ended its worker`,
        );
      }
      await this.#handle(job, signal).finally(() => this.records.countEnd(run, flow, step));
    } finally {
      release();
    }
  }

  async #handle(job: Job<JobData>, signal: AbortSignal): Promise<void> {
    const { run, folder, flow, chunk } = job.data;
    const meter = this.#recorder.meterOf(run);
    if (chunk !== undefined) return await this.handlers.chunk({ run, folder, chunk }, signal, meter);
    const end = async (): Promise<void> => {
      if (await this.records.end(run, flow)) return;
      this.#active.get(job.id ?? "")?.abort.abort(new Interruption("cancelled"));
      signal.throwIfAborted();
    };
    await this.handlers.reduce({ run, folder, reasons: await reasonsOf(job), end }, signal, meter);
    await this.records.settle(run, flow, "done");
  }

  async #fail(job: Job<JobData>, reason: string): Promise<void> {
    const { run, folder, flow } = job.data;
    if (await this.records.settle(run, flow, "failed", reason)) {
      await this.handlers
        .fail({ run, folder, reasons: await reasonsOf(job) }, reason)
        .catch((error) => this.#warn(error));
    }
  }

  /** Rejects where the job no longer counts. */
  async #check(run: string, flow: string): Promise<void> {
    const record = await this.records.read(run);
    if (record?.flow !== flow) throw new PermanentError("superseded: the run was enqueued anew");
    if (record.state === "cancelled") throw new PermanentError(new Interruption("cancelled").message);
  }

  /** Ends what was cancelled or superseded since it began. */
  async #look(): Promise<void> {
    if (this.#looking || this.#active.size === 0) return;
    this.#looking = true; // an answer may take as long as an outage
    try {
      const flows = new Map(
        [...this.#active.values()].map(({ run, flow }) => [`${run}-${flow}`, { run, flow }]),
      );
      for (const { run, flow } of flows.values()) {
        const record = await this.records.read(run);
        if (record?.flow === flow && record.state !== "cancelled") continue;
        for (const active of this.#active.values()) {
          if (active.run === run && active.flow === flow) active.abort.abort(new Interruption("cancelled"));
        }
      }
    } catch (error) {
      this.#warn(error);
    } finally {
      this.#looking = false;
    }
  }

  async #drained(ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (this.#active.size > 0 && performance.now() < end) await sleep(20);
  }

  #observe(event: JobEvent): void {
    this.#recorder.count(event);
    this.handlers.observe?.(event);
  }

  /** Passes on what an operator can use: not each retry of a connection (the link tells of outages), not lost locks. */
  #warn(error: unknown): void {
    const line = messageOf(error);
    if (
      /ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN|Connection is closed|Missing (lock|key) for job|renew lock|not owned|LOADING/.test(
        line,
      )
    )
      return;
    const now = performance.now();
    if (now - (this.#told.get(line) ?? Number.NEGATIVE_INFINITY) < 60_000) return;
    this.#told.set(line, now);
    this.options.warn(line);
  }
}

async function within(ms: number, operation: Promise<unknown>): Promise<void> {
  await Promise.race([operation.catch(() => undefined), sleep(ms)]);
}
