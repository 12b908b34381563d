import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../shared/errors.js";
import type { ViewCollector } from "./collect-view.js";
import type { QueueView } from "./queue-view.js";

const LOOK_MS = 1000;
const SILENT_MS = 30_000;

/** Looks at the queue once a second, however many want to see it. */
export class QueueWatch {
  /** How it last stood; null: it has not been reached yet. */
  view: QueueView | null = null;
  /** Why the last look failed, so that the view is an old one. */
  problem: string | null = null;
  readonly #closing = new AbortController();
  #looking: Promise<void> = Promise.resolve();
  #looked = 0;

  private constructor(readonly collector: ViewCollector) {}

  /** Resolves after the first look. */
  static async start(collector: ViewCollector): Promise<QueueWatch> {
    const watch = new QueueWatch(collector);
    await watch.#look();
    watch.#looking = watch.#goOn();
    return watch;
  }

  /** Whether it looks no more: a look ends within seconds, well or badly. */
  get isStuck(): boolean {
    return performance.now() - this.#looked > SILENT_MS;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#looking;
  }

  async #goOn(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await sleep(LOOK_MS, null, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.#look();
    }
  }

  async #look(): Promise<void> {
    try {
      this.view = await this.collector.collect();
      this.problem = null;
    } catch (error) {
      this.problem = messageOf(error);
    }
    this.#looked = performance.now();
  }
}
