import { messageOf } from "../shared/errors.js";
import { openFolder } from "../shared/open-folder.js";
import { type Loaded, type OpenRun, openRun } from "./open-run.js";

/** Runs a process keeps open: chunks of one run follow one another, and two may alternate. */
const KEPT = 2;

interface Entry {
  readonly run: Promise<OpenRun>;
  users: number;
  used: number; // when it was last asked for
}

/** The runs a process has open, each opened once however many of its chunks are worked on. */
export class OpenRuns {
  readonly #entries = new Map<string, Entry>();
  readonly #loaded = new Map<string, Loaded>();
  #clock = 0;

  constructor(
    readonly threads: number,
    readonly note: (line: string) => void,
  ) {}

  /** Hands over what the process has read of a run, so that it is not read again. */
  preload(folderUri: string, loaded: Loaded): void {
    this.#loaded.set(folderUri, loaded);
  }

  /** Runs the operation on the open run, which stays open meanwhile. */
  async use<T>(folderUri: string, operation: (run: OpenRun) => Promise<T>): Promise<T> {
    const entry = this.#entries.get(folderUri) ?? this.#open(folderUri);
    entry.users += 1;
    this.#clock += 1;
    entry.used = this.#clock;
    try {
      return await operation(await entry.run);
    } finally {
      entry.users -= 1;
      await this.#closeSpare(KEPT);
    }
  }

  async close(): Promise<void> {
    await this.#closeSpare(0);
  }

  #open(folderUri: string): Entry {
    const run = openRun(openFolder(folderUri), this.threads, this.note, this.#loaded.get(folderUri) ?? null);
    const entry = { run, users: 0, used: 0 };
    this.#entries.set(folderUri, entry);
    run.catch(() => this.#entries.delete(folderUri)); // the next chunk tries again
    return entry;
  }

  async #closeSpare(kept: number): Promise<void> {
    const idle = [...this.#entries]
      .filter(([, entry]) => entry.users === 0)
      .sort(([, a], [, b]) => a.used - b.used);
    for (const [uri, entry] of idle.slice(0, Math.max(0, this.#entries.size - kept))) {
      this.#entries.delete(uri);
      this.#loaded.delete(uri);
      const run = await entry.run.catch(() => null); // who asked for it has heard why
      await run?.executor.close().catch((error: unknown) => this.note(messageOf(error)));
    }
  }
}
