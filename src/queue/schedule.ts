import { z } from "zod";
import { scheduledOptions } from "../shared/options/option-shapes.js";

/** A submission as a schedule carries it, its paths absolute. */
const submission = z.strictObject({ series: z.string(), out: z.string(), options: scheduledOptions });

/** The submission that a schedule makes: series, folder, options. */
export type ScheduledSubmission = z.infer<typeof submission>;

/** Reads a submission back from a queue; null where it is none. */
export function parseScheduledSubmission(value: unknown): ScheduledSubmission | null {
  return submission.safeParse(value).data ?? null;
}

/** A submission that is made again and again. */
export interface Schedule {
  readonly name: string;
  readonly cron: string;
  readonly tz: string;
  readonly submission: ScheduledSubmission;
}

/** What came of one time of a schedule. */
export interface Firing {
  readonly planned: string; // ISO 8601
  readonly fired: string | null; // when it was; null: it was not
  /**
   * submitted: a new run. unchanged: the run of just these inputs had been computed. overlap: the run before was still
   * under way, so nothing was submitted. refused: its inputs were, see reason. missed: no worker was there.
   */
  readonly result: "submitted" | "unchanged" | "overlap" | "refused" | "missed";
  readonly run: string | null;
  readonly reason: string | null;
}

/** A schedule, its next time, and what came of the last ones. */
export interface ScheduleStanding {
  readonly schedule: Schedule;
  readonly next: string | null; // ISO 8601; in the past: no worker has taken it yet
  readonly firings: readonly Firing[]; // the latest first
}

/** Makes a schedule's submission; `before`: the run that it last led to. */
export type FireSchedule = (
  schedule: Schedule,
  before: string | null,
) => Promise<Pick<Firing, "result" | "run" | "reason">>;

/** Schedules beside a run queue. */
export interface ScheduleBook {
  /** Adds a schedule, or replaces the one of that name. Throws a UserError on a cron or time zone that is none. */
  add(schedule: Schedule): Promise<{ next: string }>;
  list(): Promise<ScheduleStanding[]>;
  /** False where there was none of that name. */
  remove(name: string): Promise<boolean>;
  /** Takes part in making the scheduled submissions, until the function that comes back is called. */
  serve(fire: FireSchedule, warn: (line: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
