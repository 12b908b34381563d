import { afterEach } from "vitest";
import { Jac } from "./jac.js";

/** Worker processes of a test. */
export interface Workers {
  readonly all: readonly Jac[];
  /** Starts `jac worker` with one thread on a queue. */
  start(queue: string, args?: readonly string[], env?: Record<string, string>): Jac;
}

/** Workers that are killed after each test, whatever became of it. */
export function workersPerTest(): Workers {
  const all: Jac[] = [];
  afterEach(async () => {
    const gone = all.splice(0);
    for (const worker of gone) worker.kill("SIGKILL");
    await Promise.all(gone.map((worker) => worker.finished));
  });
  return {
    all,
    start(queue, args = [], env = {}) {
      const worker = new Jac(["worker", "--queue", queue, "--workers", "1", ...args], env);
      all.push(worker);
      return worker;
    },
  };
}
