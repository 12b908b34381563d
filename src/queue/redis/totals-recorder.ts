import type { Meter } from "../meter.js";
import type { JobEvent } from "../run-queue.js";
import type { RunTotals } from "./run-totals.js";

/**
 * Adds up what a worker's jobs cost and what befell them, and now and then passes it on to the queue's totals:
 * `windows`, `seconds:PHASE`, and `chunk:EVENT` or `reduce:EVENT`. While the server is away it keeps the sums.
 */
export class TotalsRecorder {
  #all = new Map<string, number>();
  #byRun = new Map<string, Map<string, number>>();
  #flushing = false;

  constructor(readonly totals: RunTotals) {}

  /** What a job of this run reports to. */
  meterOf(run: string): Meter {
    return {
      phase: (phase, seconds) => add(this.#all, `seconds:${phase}`, seconds),
      windows: (count) => {
        add(this.#all, "windows", count);
        const own = this.#byRun.get(run) ?? new Map<string, number>();
        this.#byRun.set(run, own);
        add(own, "windows", count);
      },
    };
  }

  count({ step, kind }: JobEvent): void {
    add(this.#all, `${step}:${kind}`, 1);
  }

  /** Passes on what has come to be. A command that waits for the server is not sent a second time. */
  async flush(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    const [all, byRun] = [this.#all, this.#byRun];
    this.#all = new Map();
    this.#byRun = new Map();
    try {
      await this.totals.add(all, byRun);
    } finally {
      this.#flushing = false;
    }
  }
}

function add(totals: Map<string, number>, name: string, value: number): void {
  totals.set(name, (totals.get(name) ?? 0) + value);
}
