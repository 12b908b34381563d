import type { QueueCounts } from "../queue/redis/queue-monitor.js";
import type { RunState } from "../queue/run-queue.js";
import type { ScheduleStanding } from "../queue/schedule.js";

/** How a queue stands at a moment: what the page shows. */
export interface QueueView {
  readonly label: string; // its address without secrets
  readonly at: number; // ms since the epoch
  readonly counts: QueueCounts;
  readonly age: number; // seconds that the next job in line has waited
  readonly workers: number;
  readonly rate: number | null; // windows per second of all workers; null: not known yet
  readonly runs: readonly RunView[]; // the one enqueued last first
  readonly schedules: readonly ScheduleStanding[];
}

/** A run as the page shows it. */
export interface RunView {
  readonly run: string;
  /** The run's inputs for a person; null where its folder cannot be seen from here. */
  readonly what: string | null;
  readonly submitted: string | null; // ISO 8601
  readonly state: RunState | "partial";
  readonly reason: string | null; // why it failed or stands still
  readonly chunks: { readonly done: number; readonly failed: number; readonly total: number };
  readonly windows: { readonly done: number; readonly total: number } | null;
  readonly rate: number | null; // windows per second
  readonly left: number | null; // seconds to the end at that rate
  readonly troubles: readonly Trouble[];
  readonly hasReport: boolean;
}

/** A chunk that failed and is tried again, or that was given up. */
export interface Trouble {
  readonly chunk: number | null; // null: the reduce step
  readonly windows: string | null; // "0 to 99"
  readonly state: "retrying" | "given up";
  readonly reason: string;
}
