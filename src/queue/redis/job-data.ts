import type { Job } from "bullmq";

/** The payload of a job. */
export interface JobData {
  readonly run: string;
  readonly folder: string;
  readonly flow: string;
  readonly chunk?: number; // absent: the reduce step
}

/** The one queue of all runs: the step that ends a run is taken before the chunks of the next. */
export const QUEUE = "runs";

/** The id of a flow's reduce step; its chunks append their index. Without `:`, which BullMQ forbids in ids. */
export function parentId(run: string, flow: string): string {
  return `${run}-${flow}`;
}

/** Why chunks below this reduce step were given up, by index. */
export async function reasonsOf(parent: Job<JobData>): Promise<Map<number, string>> {
  const failures = await parent.getIgnoredChildrenFailures();
  return new Map(
    Object.entries(failures).map(([key, reason]) => [Number(key.slice(key.lastIndexOf("-") + 1)), reason]),
  );
}
