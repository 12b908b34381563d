import { once } from "node:events";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { messageOf, UserError } from "../../shared/errors.js";
import { decodeNumbers, type Hdf5Bytes } from "./decode-numbers.js";

/** What models use of an HDF5 file: texts by `<group>@<attribute>`, arrays by path; the root's path is "". */
export interface Hdf5Contents {
  readonly texts: Map<string, readonly string[]>;
  readonly arrays: Map<string, Hdf5Bytes>;
}

/** An array of numbers in an HDF5 file. */
export interface Hdf5Array {
  readonly shape: readonly number[];
  /** Its numbers, row-major, whatever type they were stored in. */
  read(): Float64Array;
}

/** An HDF5 file of a model, in memory. Paths have no leading slash; "" is the root. */
export class Hdf5File {
  constructor(private readonly contents: Hdf5Contents) {}

  /** A text attribute; null if there is none. */
  text(path: string, name: string): string | null {
    return this.contents.texts.get(`${path}@${name}`)?.[0] ?? null;
  }

  /** A list of texts. Keras splits long ones: name0, name1, … */
  texts(path: string, name: string): readonly string[] {
    const whole = this.contents.texts.get(`${path}@${name}`);
    if (whole) return whole;
    const parts: string[] = [];
    for (let i = 0; ; i++) {
      const part = this.contents.texts.get(`${path}@${name}${i}`);
      if (!part) return parts;
      parts.push(...part);
    }
  }

  /** The paths of all arrays. */
  paths(): readonly string[] {
    return [...this.contents.arrays.keys()];
  }

  array(path: string): Hdf5Array | null {
    const array = this.contents.arrays.get(path);
    return array ? { shape: array.shape, read: () => decodeNumbers(path, array) } : null;
  }
}

/** A file that takes longer is one that the library does not get out of: a real one takes milliseconds. */
const PATIENCE = 10_000; // ms, and
const PATIENCE_PER_BYTE = 1e-4; // ms: 10 MB/s

/** The thread stays for this long after a file, for the next one. */
const IDLE = 1_000; // ms

/**
 * Reads an HDF5 file, in a thread that sees no other file: links to those lead nowhere. The bytes are copied.
 * @throws UserError for damage of any kind, naming the file.
 */
export async function readHdf5(name: string, bytes: Uint8Array): Promise<Hdf5File> {
  // One file at a time, whatever became of the one before.
  const answer = queue.then(() => ask(bytes));
  queue = answer.catch(() => undefined);
  const reply = await answer;
  if (!("contents" in reply)) {
    throw new UserError(
      `${name} is a damaged or truncated HDF5 file (${reply.error}); copy or save it again`,
    );
  }
  return new Hdf5File(reply.contents);
}

type Reply = { readonly contents: Hdf5Contents } | { readonly error: string };

let queue: Promise<unknown> = Promise.resolve();
let thread: Worker | null = null;
let release: NodeJS.Timeout | undefined;

async function ask(bytes: Uint8Array): Promise<Reply> {
  clearTimeout(release);
  thread ??= await start();
  const worker = thread;
  const copy = new Uint8Array(bytes);
  worker.ref();
  worker.postMessage(copy, [copy.buffer]);
  try {
    const reply = await message<Reply>(worker, PATIENCE + bytes.length * PATIENCE_PER_BYTE);
    worker.unref();
    // What damage has done to the library's memory would reach into the next file.
    if ("error" in reply) await end(worker);
    else release = setTimeout(() => void end(worker), IDLE).unref();
    return reply;
  } catch (error) {
    await end(worker);
    return { error: messageOf(error) };
  }
}

async function end(worker: Worker): Promise<void> {
  thread = null;
  await worker.terminate();
}

async function start(): Promise<Worker> {
  const worker = new Worker(fileURLToPath(new URL("./hdf5-thread.mjs", import.meta.url)), { execArgv: [] });
  await message<"ready">(worker, 6 * PATIENCE);
  return worker;
}

/** The next message of the thread; rejects where it fails, ends or takes too long. */
async function message<T>(worker: Worker, patience: number): Promise<T> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    return await Promise.race([
      once(worker, "message", { signal }).then(([reply]) => reply as T), // rejects on "error"
      once(worker, "exit", { signal }).then(() => Promise.reject(new Error("its thread has ended"))),
      after(patience, null, { signal }).then(() => Promise.reject(new Error("reading it does not end"))),
    ]);
  } finally {
    settled.abort();
  }
}
