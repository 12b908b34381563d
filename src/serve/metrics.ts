import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { PHASES } from "../queue/meter.js";
import type { QueueMonitor } from "../queue/redis/queue-monitor.js";
import type { QueueView } from "./queue-view.js";

const RUNS = 1000;

/**
 * The queue's metrics for Prometheus. Counters are the sums over all workers that ever were, so they do not fall when
 * one leaves; they are read from the queue at each scrape.
 */
export class QueueMetrics {
  readonly #registry = new Registry();
  readonly #gauge = (name: string, help: string, ...labelNames: string[]): Gauge =>
    new Gauge({ name, help, labelNames, registers: [this.#registry] });
  readonly #counter = (name: string, help: string, ...labelNames: string[]): Counter =>
    new Counter({ name, help, labelNames, registers: [this.#registry] });

  readonly #chunks = this.#gauge("jac_chunks", "Jobs on the queue (chunks and reduce steps).", "state");
  readonly #runs = this.#gauge("jac_runs", "Runs that the queue remembers.", "state");
  readonly #workers = this.#gauge("jac_workers", "Worker processes that have been heard of lately.");
  readonly #age = this.#gauge("jac_queue_age_seconds", "How long the next job in line has waited.");
  readonly #rate = this.#gauge("jac_windows_per_second", "Windows computed per second, over the last 15 s.");
  readonly #windows = this.#counter("jac_windows_total", "Windows computed and committed.");
  readonly #jobs = this.#counter("jac_jobs_total", "Attempts at jobs by how they ended.", "step", "outcome");
  readonly #stalls = this.#counter("jac_stalls_total", "Jobs taken over from a worker that went silent.");
  readonly #retries = this.#counter("jac_retries_total", "Attempts that failed with an error that may pass.");
  readonly #seconds = this.#counter(
    "jac_phase_seconds_total",
    "Seconds spent, by phase of a chunk.",
    "phase",
  );

  constructor(readonly monitor: QueueMonitor) {
    collectDefaultMetrics({ register: this.#registry, prefix: "jac_serve_" });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The text format. `view`: the last look at the queue. Rejects where the queue is out of reach. */
  async collect(view: QueueView | null): Promise<string> {
    const { monitor } = this;
    const [counts, age, workers, totals, runs] = await Promise.all([
      monitor.counts(),
      monitor.age(),
      monitor.workers(),
      monitor.totals(),
      monitor.runs(RUNS),
    ]);
    const total = (name: string): number => totals.get(name) ?? 0;
    for (const [state, value] of Object.entries(counts)) this.#chunks.set({ state }, value);
    for (const state of ["enqueueing", "live", "ending", "done", "failed", "cancelled"])
      this.#runs.set({ state }, [...runs.values()].filter((record) => record.state === state).length);
    this.#workers.set(workers);
    this.#age.set(age);
    this.#rate.set(view?.rate ?? 0);
    set(this.#windows, {}, total("windows"));
    for (const step of ["chunk", "reduce"])
      for (const outcome of ["finished", "given-up", "released", "retrying"])
        set(this.#jobs, { step, outcome }, total(`${step}:${outcome}`));
    set(this.#stalls, {}, total("chunk:stalled") + total("reduce:stalled"));
    set(this.#retries, {}, total("chunk:retrying") + total("reduce:retrying"));
    for (const phase of PHASES) set(this.#seconds, { phase }, total(`seconds:${phase}`));
    return await this.#registry.metrics();
  }
}

/** A counter whose sum is kept elsewhere. */
function set(counter: Counter, labels: Record<string, string>, value: number): void {
  counter.remove(labels);
  counter.inc(labels, value);
}
