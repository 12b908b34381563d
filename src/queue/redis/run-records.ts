import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { CancelAnswer } from "../run-queue.js";
import type { RedisClient } from "./create-client.js";

/** What the queue knows of a run beside its jobs. */
export interface RunRecord {
  /** Which enqueueing of the run counts: jobs of an earlier one are dropped when they come up. */
  readonly flow: string;
  readonly folder: string;
  /** ending: its reduce step is writing how it ended, so that it is too late to cancel. */
  readonly state: "enqueueing" | "live" | "ending" | "done" | "failed" | "cancelled";
  readonly total: number; // chunks of the flow
  readonly reason: string | null;
}

const RECORD_SECONDS = 7 * 24 * 3600; // how long an ended run is remembered
const WORKER_SECONDS = 12;
const LOCK_MS = 8000;

/** Prolongs and releases a lock only for the one who holds it. */
const prolong = `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("PEXPIRE", KEYS[1], ARGV[2]) end return 0`;
const unlock = `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`;

/** Jobs of a flow may run and end before its enqueueing has ended: then its state is theirs to say. */
const open = `
local state = redis.call("HGET", KEYS[1], "state")
if redis.call("HGET", KEYS[1], "flow") ~= ARGV[1] or state == "cancelled" then return 0 end
if state == "enqueueing" then redis.call("HSET", KEYS[1], "state", "live") end
return 1`;

// Of the scripts below one alone takes a run out of live: whichever comes first decides how it ends.

/** Only while the flow is the current one, so that a late worker cannot end the run that replaced it. */
const end = `
local state = redis.call("HGET", KEYS[1], "state")
if redis.call("HGET", KEYS[1], "flow") ~= ARGV[1] or state == "cancelled" or state == "failed" then return 0 end
if state ~= "done" then redis.call("HSET", KEYS[1], "state", "ending") end
return 1`;

const settle = `
local state = redis.call("HGET", KEYS[1], "state")
if redis.call("HGET", KEYS[1], "flow") ~= ARGV[1] then return 0 end
if state == ARGV[2] then return 1 end
if state ~= "live" and state ~= "enqueueing" and state ~= "ending" then return 0 end
redis.call("HSET", KEYS[1], "state", ARGV[2], "reason", ARGV[3])
redis.call("EXPIRE", KEYS[1], ARGV[4])
redis.call("DEL", KEYS[2])
return 1`;

const cancel = `
local state = redis.call("HGET", KEYS[1], "state")
local flow = redis.call("HGET", KEYS[1], "flow")
if not flow then return {"unknown", ""} end
if state == "cancelled" then return {state, flow} end
if state ~= "live" and state ~= "enqueueing" then return {"ended", flow} end
redis.call("HSET", KEYS[1], "state", "cancelled", "reason", "")
redis.call("EXPIRE", KEYS[1], ARGV[1])
redis.call("DEL", KEYS[2])
return {"cancelled", flow}`;

/** The keys that BullMQ has no place for: the runs, the crashes of chunks, the workers that are alive. */
export class RunRecords {
  constructor(
    readonly client: RedisClient,
    readonly prefix: string,
  ) {}

  async read(run: string): Promise<RunRecord | null> {
    const [flow, folder, state, total, reason] = await this.client.hmget(
      this.#run(run),
      "flow",
      "folder",
      "state",
      "total",
      "reason",
    );
    if (!flow || !folder || !state) return null;
    return { flow, folder, state: state as RunRecord["state"], total: Number(total), reason: reason || null };
  }

  /** Records a new enqueueing as the one that counts, before its jobs are there; `open` says that they are. */
  async begin(run: string, folder: string, total: number): Promise<string> {
    const flow = randomBytes(4).toString("hex");
    const key = this.#run(run);
    await this.client
      .multi()
      .hset(key, { flow, folder, state: "enqueueing", total, reason: "" })
      .persist(key)
      .del(this.#starts(run))
      .zadd(this.#known, Date.now(), run)
      .zremrangebyscore(this.#known, 0, Date.now() - 1000 * RECORD_SECONDS)
      .exec();
    return flow;
  }

  /** The runs that are remembered, at most so many, the one enqueued last first. */
  async latest(most: number): Promise<Map<string, RunRecord>> {
    const runs = await this.client.zrevrange(this.#known, 0, most - 1);
    const records = await Promise.all(runs.map(async (run) => [run, await this.read(run)] as const));
    return new Map(records.flatMap(([run, record]) => (record === null ? [] : [[run, record]])));
  }

  /** The flow's jobs are there. False where it was cancelled before they were. */
  async open(run: string, flow: string): Promise<boolean> {
    return (await this.client.eval(open, 1, this.#run(run), flow)) === 1;
  }

  /** From now on the run is no longer cancelled. False where it was, or where another flow has replaced this one. */
  async end(run: string, flow: string): Promise<boolean> {
    return (await this.client.eval(end, 1, this.#run(run), flow)) === 1;
  }

  /** False where the flow had ended otherwise or another has replaced it; asked twice, the answer is the same. */
  async settle(run: string, flow: string, state: "done" | "failed", reason = ""): Promise<boolean> {
    const keys = [this.#run(run), this.#starts(run)];
    return (await this.client.eval(settle, 2, ...keys, flow, state, reason, RECORD_SECONDS)) === 1;
  }

  /** Cancels the run unless it has ended or is ending; with the flow that counted. */
  async cancel(run: string): Promise<{ readonly answer: CancelAnswer; readonly flow: string }> {
    const keys = [this.#run(run), this.#starts(run)];
    const [answer, flow] = (await this.client.eval(cancel, 2, ...keys, RECORD_SECONDS)) as [
      CancelAnswer,
      string,
    ];
    return { answer, flow };
  }

  /** Runs the operation while no other process runs one for this run. */
  async exclusively<T>(run: string, operation: () => Promise<T>): Promise<T> {
    const key = this.#lock(run);
    const token = randomBytes(8).toString("hex");
    while ((await this.client.set(key, token, "PX", LOCK_MS, "NX")) === null) await sleep(100);
    const timer = setInterval(
      () => void this.client.eval(prolong, 1, key, token, LOCK_MS).catch(() => 0),
      LOCK_MS / 4,
    );
    try {
      return await operation();
    } finally {
      clearInterval(timer);
      await this.client.eval(unlock, 1, key, token);
    }
  }

  /** Whether some process is enqueueing the run now. */
  async locked(run: string): Promise<boolean> {
    return (await this.client.exists(this.#lock(run))) === 1;
  }

  /** Counts a start of a step that has been started before; what comes back is how many of them never ended. */
  async countStart(run: string, flow: string, step: string): Promise<number> {
    const key = this.#starts(run);
    const count = await this.client.hincrby(key, `${flow}-${step}`, 1);
    await this.client.expire(key, RECORD_SECONDS);
    return count;
  }

  /** The step ended, well or badly, without taking its process with it. */
  async countEnd(run: string, flow: string, step: string): Promise<void> {
    await this.client.hincrby(this.#starts(run), `${flow}-${step}`, -1);
  }

  /** Says that this worker is alive; to be repeated within WORKER_SECONDS. */
  async beat(worker: string): Promise<void> {
    const now = await this.#now();
    const key = `${this.prefix}:workers`;
    await this.client
      .multi()
      .zadd(key, now, worker)
      .zremrangebyscore(key, 0, now - WORKER_SECONDS)
      .exec();
  }

  async leave(worker: string): Promise<void> {
    await this.client.zrem(`${this.prefix}:workers`, worker);
  }

  async workers(): Promise<number> {
    return await this.client.zcount(`${this.prefix}:workers`, (await this.#now()) - WORKER_SECONDS, "+inf");
  }

  /** The server's clock, which all workers share. */
  async #now(): Promise<number> {
    const [seconds] = await this.client.time();
    return Number(seconds);
  }

  get #known(): string {
    return `${this.prefix}:known`;
  }

  #run(run: string): string {
    return `${this.prefix}:run:${run}`;
  }

  #lock(run: string): string {
    return `${this.prefix}:lock:${run}`;
  }

  #starts(run: string): string {
    return `${this.prefix}:starts:${run}`;
  }
}
