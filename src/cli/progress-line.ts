import type { Progress } from "../run/execute-run.js";
import { duration } from "../shared/duration.js";
import type { RunSpec } from "../shared/run-spec.js";
import type { Context } from "./context.js";

const BAR = 24;
const REDRAW_MS = 80;
const LINE_MS = 5000;

/** Shows on stderr how a run goes on: a bar on a terminal, elsewhere a line now and then. */
export class ProgressLine {
  readonly #began = performance.now();
  #windowsBefore: number | null = null; // that were there when it began
  #drawn = 0;
  #shown = false;

  constructor(
    readonly context: Context,
    readonly spec: RunSpec,
  ) {}

  readonly update = (progress: Progress): void => {
    this.#windowsBefore ??= progress.windows;
    const now = performance.now();
    const onTerminal = this.context.stderr.isTTY === true;
    if (now - this.#drawn < (onTerminal ? REDRAW_MS : LINE_MS) && !(progress.reducing && onTerminal)) return;
    if (this.#drawn === 0 && !onTerminal) {
      this.#drawn = now; // the first line only after a while: short runs need none
      return;
    }
    this.#drawn = now;
    const text = this.#describe(progress, now);
    if (!onTerminal) return void this.context.stderr.write(`${this.spec.run} ${text}\n`);
    const share = progress.windows / Math.max(1, this.spec.plan.count);
    const full = Math.round(share * BAR);
    const line = `${"█".repeat(full)}${"░".repeat(BAR - full)} ${text}`;
    this.context.stderr.write(`\r${line.slice(0, (this.context.stderr.columns ?? 100) - 1)}\x1b[K`);
    this.#shown = true;
  };

  /** Clears the bar away. */
  end(): void {
    if (this.#shown) this.context.stderr.write("\r\x1b[K");
    this.#shown = false;
  }

  #describe({ windows, chunks, reducing }: Progress, now: number): string {
    const { plan } = this.spec;
    const percent = `${Math.floor((100 * windows) / Math.max(1, plan.count))} %`;
    if (reducing) return `${percent} · all ${chunks} chunks there · merging their statistics`;
    const rate = (windows - (this.#windowsBefore ?? 0)) / ((now - this.#began) / 1000);
    const left =
      rate > 0
        ? ` · ${Math.round(rate).toLocaleString("en")} windows/s · ${duration((plan.count - windows) / rate)} left`
        : "";
    return `${percent} · ${windows.toLocaleString("en")} of ${plan.count.toLocaleString("en")} windows${left}`;
  }
}
