import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { folderPerTest } from "../helpers/folders.js";
import { type Finished, Jac, jac } from "../helpers/jac.js";
import { SEED_LSTM, WEATHER } from "../helpers/places.js";
import { redisPerTest } from "../helpers/private-redis.js";
import { freshQueueUrl } from "../helpers/redis.js";
import { workersPerTest } from "../helpers/workers.js";

const PASSWORD = "open-sesame";

const folder = folderPerTest();
const server = redisPerTest();
const workers = workersPerTest();
let queue: string;
beforeEach(async () => {
  await server.redis.ask((client) => client.acl("SETUSER", "jac", "on", `>${PASSWORD}`, "~{jac*", "+@all"));
  queue = freshQueueUrl(server.redis.url.replace("//", `//jac:${PASSWORD}@`));
});

function submission(series: string, ...options: string[]): string[] {
  return ["submit", series, ...options, "--out", folder.path, "--queue", queue, "--json"];
}

/** The password is in none of what the processes said, in no file below the folder, and in no list of processes. */
function expectNoSecret(...processes: readonly Pick<Finished, "stdout" | "stderr">[]): void {
  for (const { stdout, stderr } of [...processes, ...workers.all])
    expect(`${stdout}${stderr}`).not.toContain(PASSWORD);
  const files = readdirSync(folder.path, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder.path, name))
    .filter((path) => statSync(path).isFile());
  for (const file of files) expect(readFileSync(file, "latin1"), file).not.toContain(PASSWORD);
  for (const { ended, pid } of workers.all)
    if (!ended) expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).not.toContain(PASSWORD);
}

describe("the password of a queue is nowhere to be read", () => {
  it("while a run goes on and when it has ended well", async () => {
    const worker = workers.start(queue);
    const done = await jac(submission(SEED_LSTM.series, "--model", SEED_LSTM.model));
    expect(done.json.status).toBe("done");
    await worker.says("chunk finished");
    expect(worker.ended).toBe(false);
    expectNoSecret(done);
  });

  it("when every chunk of a run has failed for good, with --debug too", async () => {
    const submitted = await jac(submission(SEED_LSTM.series, "--model", SEED_LSTM.model, "--detach"));
    const { run, dir } = submitted.json;
    writeFileSync(join(dir, "input/series.arrow"), "damaged");
    const worker = workers.start(queue);
    const place = ["--out", folder.path, "--queue", queue];
    const watched = await jac(["watch", run, ...place, "--json", "--debug"]);
    expect(watched.code).toBe(1);
    expect(watched.json.status).toBe("failed");
    await worker.says("given-up");
    const shown = await jac(["show", run, ...place]);
    expect(shown.stdout).toMatch(/status +failed/);
    expectNoSecret(submitted, watched, shown);
  });

  it("when the queue is lost under a run and the run is interrupted", async () => {
    const worker = workers.start(queue);
    const running = new Jac(submission(WEATHER, "--engine", "reference", "--chunk", "20"));
    await worker.says("chunk finished");
    await server.redis.kill();
    await Promise.all([running.says("lost the queue"), worker.says("lost the queue")]);
    running.kill("SIGINT");
    const { code, ...said } = await running.finished;
    expect(code).toBe(130);
    expectNoSecret(said);
  });

  it("when the queue refuses the login, or cannot be reached, with --debug too", async () => {
    const series = [SEED_LSTM.series, "--model", SEED_LSTM.model] as const;
    await server.redis.ask((client) => client.acl("SETUSER", "jac", "resetpass", ">another"));
    const refused = await jac([...submission(...series), "--debug"]);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/refuses the login: WRONGPASS/);
    const worker = await workers.start(queue).finished;
    expect(worker.code).toBe(3);
    await server.redis.kill();
    const away = await jac([...submission(...series), "--debug"]);
    expect(away.code).toBe(3);
    expectNoSecret(refused, worker, away);
  });
});
