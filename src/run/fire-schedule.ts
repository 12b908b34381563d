import { enqueueRun } from "../producer/plan/enqueue-run.js";
import type { RunQueue } from "../queue/run-queue.js";
import type { FireSchedule } from "../queue/schedule.js";
import { isPermanent, messageOf } from "../shared/errors.js";
import { Phases } from "../shared/phases.js";
import { prepareRun } from "./prepare-run.js";

/** Makes scheduled submissions to this queue. A run's id is its content, so inputs that have not changed do nothing. */
export function fireSchedules(queue: RunQueue): FireSchedule {
  return async ({ submission }, before) => {
    const { series, options, out } = submission;
    if (before !== null && (await isUnderWay(queue, before))) {
      return { result: "overlap", run: null, reason: `run ${before} is still under way` };
    }
    try {
      const { run, folder, whole, store } = await prepareRun(series, options, out, new Phases());
      if (whole !== null) return { result: "unchanged", run, reason: null };
      if (await isUnderWay(queue, run))
        return { result: "overlap", run, reason: `run ${run} is still under way` };
      const { spec } = await store(false);
      await enqueueRun(spec, folder, queue);
      return { result: "submitted", run, reason: null };
    } catch (error) {
      if (!isPermanent(error)) throw error; // tried again
      return { result: "refused", run: null, reason: messageOf(error) };
    }
  };
}

async function isUnderWay(queue: RunQueue, run: string): Promise<boolean> {
  const { state } = await queue.progress(run);
  return state === "running" || state === "reducing";
}
