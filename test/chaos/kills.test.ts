import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { folderPerTest } from "../helpers/folders.js";
import { Jac, jac } from "../helpers/jac.js";
import { WEATHER } from "../helpers/places.js";
import { redisPerTest } from "../helpers/private-redis.js";
import { randomNumbers } from "../helpers/random-numbers.js";
import { digests } from "../helpers/run-files.js";
import { workersPerTest } from "../helpers/workers.js";

const KILLS = 50;
/** Of them: workers that die as they merge, which few random moments would meet. */
const REDUCER_KILLS = 3;
/** Runs of different plans on the same data: as many as it takes for all the kills. */
const CHUNKS = [40, 47, 53, 61, 37, 43, 59, 41];

const folder = folderPerTest();
const server = redisPerTest();
const started = workersPerTest();
let workers: Jac[]; // the two of the moment
const victims = new Set<Jac>(); // killed from here
const killed = { worker: 0, reducer: 0, submitter: 0, redis: 0 };
const random = randomNumbers(20);

beforeEach(() => {
  workers = [startWorker(), startWorker()];
});

/** A worker; while reducers are still to be killed, one that dies as it begins, or has ended, to merge. */
function startWorker(): Jac {
  const point = killed.reducer % 2 === 0 ? "reduce:started" : "reduce:written";
  const env: Record<string, string> = killed.reducer < REDUCER_KILLS ? { JAC_TEST_FAILPOINT: point } : {};
  return started.start(server.redis.url, ["--max-starts", "20"], env);
}

/** A supervisor starts its workers again, whether they were killed or had met Redis away as they started. */
function restartWorkers(): void {
  workers = workers.map((worker) => {
    if (!worker.ended) return worker;
    if (worker.child.signalCode === "SIGKILL" && !victims.has(worker)) killed.reducer += 1;
    return startWorker();
  });
}

function submission(chunk: number, out: string): string[] {
  const plan = ["--windows", "3000:6000", "--chunk", String(chunk), "--engine", "reference"];
  return ["submit", WEATHER, ...plan, "--out", join(folder.path, out), "--json"];
}

describe("50 SIGKILLs over workers, reducer, submitter and Redis", () => {
  it("leave the bytes of quiet runs", async () => {
    const dirs = new Map<number, string>(); // by the size of the chunks
    const kills = (): number => killed.worker + killed.submitter + killed.redis;
    const most = KILLS - REDUCER_KILLS;

    async function killSomething(submitter: Jac): Promise<void> {
      const choice = random();
      if (choice < 0.5) {
        killed.worker += 1;
        const victim = workers[random() < 0.5 ? 0 : 1]!;
        victims.add(victim);
        victim.kill("SIGKILL");
      } else if (choice < 0.8) {
        killed.submitter += 1;
        submitter.kill("SIGKILL");
      } else {
        killed.redis += 1;
        await server.redis.kill();
        await sleep(100 + 400 * random());
        await server.redis.start();
      }
    }

    for (const chunk of CHUNKS) {
      if (kills() >= most && killed.reducer >= REDUCER_KILLS) break;
      const submit = (): Jac => new Jac([...submission(chunk, "wild"), "--queue", server.redis.url]);
      let submitter = submit();
      while (!dirs.has(chunk)) {
        const finished = await Promise.race([submitter.finished, sleep(100 + 900 * random(), null)]);
        if (finished?.json.status === "done") dirs.set(chunk, finished.json.dir);
        else if (finished !== null)
          submitter = submit(); // killed, or it met Redis away: a person submits again
        else if (kills() < most) await killSomething(submitter);
        restartWorkers();
      }
    }
    console.log(`${kills() + killed.reducer} kills (${JSON.stringify(killed)}) over ${dirs.size} runs`);
    expect(kills()).toBe(most);
    expect(killed.reducer).toBeGreaterThanOrEqual(REDUCER_KILLS);
    for (const [chunk, dir] of dirs) {
      const quiet = await jac(submission(chunk, "quiet"));
      expect(digests(dir), `chunks of ${chunk}`).toEqual(digests(quiet.json.dir));
    }
  });
});
