import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunFolder } from "../shared/run-folder.js";

const OWNER = "owner.json";
const CANCEL = "cancel";
const BEAT_MS = 1000;
const SILENT_MS = 4000;
const LOOK_MS = 400;

interface Owner {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly beat: number;
}

/**
 * What an embedded run leaves in its folder while it goes on, so that another process sees that it is at work, waits
 * for it, or asks it to stop. Nothing rests on it but that: two processes on one run commit the same chunks once.
 */
export class Lease {
  readonly #owner = { id: randomBytes(6).toString("hex"), host: hostname(), pid: process.pid };
  readonly #cancel = new AbortController();
  #beat = 0;
  #timers: NodeJS.Timeout[] = [];

  private constructor(readonly folder: RunFolder) {}

  /** Aborted when another process asks for the run to be cancelled. */
  get cancelled(): AbortSignal {
    return this.#cancel.signal;
  }

  static async take(folder: RunFolder): Promise<Lease> {
    const lease = new Lease(folder);
    await folder.remove(CANCEL); // of an earlier life of the run
    await lease.#write();
    lease.#timers = [
      setInterval(() => void lease.#write().catch(() => undefined), BEAT_MS),
      setInterval(() => void lease.#look().catch(() => undefined), LOOK_MS),
    ];
    return lease;
  }

  async release(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const owner = await readOwner(this.folder);
    if (owner?.id === this.#owner.id) await this.folder.remove(OWNER);
    await this.folder.remove(CANCEL);
  }

  async #write(): Promise<void> {
    this.#beat += 1;
    await this.folder.write(OWNER, Buffer.from(JSON.stringify({ ...this.#owner, beat: this.#beat })));
  }

  async #look(): Promise<void> {
    if (await this.folder.exists(CANCEL)) this.#cancel.abort();
  }
}

/** Whether a process is at work on the run: one of this machine that lives, or one elsewhere whose beat moves. */
export async function isOwned(folder: RunFolder): Promise<boolean> {
  const first = await readOwner(folder);
  if (first === null) return false;
  if (first.host === hostname() && !isAlive(first.pid)) return false;
  for (const end = performance.now() + SILENT_MS; performance.now() < end; await sleep(100)) {
    const now = await readOwner(folder);
    if (now === null) return false;
    if (now.id !== first.id || now.beat !== first.beat) return true;
  }
  return false;
}

/** Asks the process at work on the run to cancel it. */
export async function requestCancel(folder: RunFolder): Promise<void> {
  await folder.write(CANCEL, new Uint8Array());
}

/** Takes the request back, so that it does not meet a later life of the run. */
export async function withdrawCancel(folder: RunFolder): Promise<void> {
  await folder.remove(CANCEL);
}

async function readOwner(folder: RunFolder): Promise<Owner | null> {
  try {
    return JSON.parse(Buffer.from(await folder.read(OWNER)).toString("utf8")) as Owner;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return null; // nobody's
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
