import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Jac, jac, ROOT, temporaryFolder } from "../helpers/jac.js";
import { PrivateRedis } from "../helpers/private-redis.js";
import { digests } from "../helpers/run-files.js";

const KILLS = 50;
const WEATHER = join(ROOT, "demo/weather.xlsx");
/** Runs of different plans on the same data: as many as it takes for all the kills. */
const CHUNKS = [40, 47, 53, 61, 37, 43, 59, 41];

let folder: ReturnType<typeof temporaryFolder>;
let redis: PrivateRedis;
let workers: Jac[];

beforeEach(async () => {
  folder = temporaryFolder();
  redis = await PrivateRedis.start();
  workers = [startWorker(), startWorker()];
});
afterEach(async () => {
  for (const worker of workers) worker.kill("SIGKILL");
  await redis.stop();
  folder.remove();
});

function startWorker(): Jac {
  return new Jac(["worker", "--queue", redis.url, "--workers", "1", "--max-starts", "20"]);
}

function submission(chunk: number, out: string): string[] {
  const plan = ["--windows", "3000:6000", "--chunk", String(chunk), "--engine", "reference"];
  return ["submit", WEATHER, ...plan, "--out", join(folder.path, out), "--json"];
}

/** The same moments and victims every time the suite runs. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("50 SIGKILLs over workers, reducer, submitter and Redis", () => {
  it("leave the bytes of quiet runs", async () => {
    const next = random(20);
    const killed = { worker: 0, submitter: 0, redis: 0 };
    const dirs = new Map<number, string>(); // by the size of the chunks
    const kills = (): number => killed.worker + killed.submitter + killed.redis;

    async function killSomething(submitter: Jac): Promise<void> {
      const choice = next();
      if (choice < 0.5) {
        killed.worker += 1;
        const place = next() < 0.5 ? 0 : 1;
        workers[place]?.kill("SIGKILL");
      } else if (choice < 0.8) {
        killed.submitter += 1;
        submitter.kill("SIGKILL");
      } else {
        killed.redis += 1;
        await redis.kill();
        await sleep(100 + 400 * next());
        await redis.start();
      }
    }

    for (const chunk of CHUNKS) {
      if (kills() >= KILLS) break;
      const submit = (): Jac => new Jac([...submission(chunk, "wild"), "--queue", redis.url]);
      let submitter = submit();
      while (!dirs.has(chunk)) {
        const finished = await Promise.race([submitter.finished, sleep(100 + 900 * next(), null)]);
        if (finished?.json.status === "done") dirs.set(chunk, finished.json.dir);
        else if (finished !== null)
          submitter = submit(); // killed, or it met Redis away: a person submits again
        else if (kills() < KILLS) await killSomething(submitter);
        // A supervisor starts its workers again, whether they were killed or had met Redis away as they started.
        workers = workers.map((worker) => (worker.ended ? startWorker() : worker));
      }
    }
    console.log(`${kills()} kills (${JSON.stringify(killed)}) over ${dirs.size} runs`);
    expect(kills()).toBe(KILLS);
    for (const [chunk, dir] of dirs) {
      const quiet = await jac(submission(chunk, "quiet"));
      expect(digests(dir), `chunks of ${chunk}`).toEqual(digests(quiet.json.dir));
    }
  });
});
