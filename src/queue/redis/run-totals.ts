import type { RedisClient } from "./create-client.js";

const RUN_SECONDS = 7 * 24 * 3600; // how long the totals of a run are kept

/** Sums by the name of what is summed. */
export type Totals = ReadonlyMap<string, number>;

/**
 * What all workers of a queue have done, summed over their lives: a worker adds what came to be since it last did, so
 * that a total never falls when a worker leaves. One that is killed takes at most its last few seconds with it.
 */
export class RunTotals {
  constructor(
    readonly client: RedisClient,
    readonly prefix: string,
  ) {}

  /** Adds to the totals of all runs and to those of single runs, in one step. */
  async add(all: Totals, byRun: ReadonlyMap<string, Totals>): Promise<void> {
    if (all.size === 0 && byRun.size === 0) return;
    const step = this.client.multi();
    for (const [name, value] of all) step.hincrbyfloat(this.#all, name, value);
    for (const [run, totals] of byRun) {
      for (const [name, value] of totals) step.hincrbyfloat(this.#run(run), name, value);
      step.expire(this.#run(run), RUN_SECONDS);
    }
    await step.exec();
  }

  async all(): Promise<Totals> {
    return numbers(await this.client.hgetall(this.#all));
  }

  async ofRun(run: string): Promise<Totals> {
    return numbers(await this.client.hgetall(this.#run(run)));
  }

  get #all(): string {
    return `${this.prefix}:totals`;
  }

  #run(run: string): string {
    return `${this.prefix}:totals:${run}`;
  }
}

function numbers(fields: Record<string, string>): Totals {
  return new Map(Object.entries(fields).map(([name, value]) => [name, Number(value)]));
}
