import { existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../helpers/folders.js";
import { type Finished, jac } from "../helpers/jac.js";
import { GRU } from "../helpers/places.js";

const { series: SERIES, model: MODEL } = GRU;

let folder: ReturnType<typeof temporaryFolder>;
let runs: string;
beforeEach(() => {
  folder = temporaryFolder();
  runs = join(folder.path, "runs");
});
afterEach(() => folder.remove());

function submit(series: string, ...args: string[]): Promise<Finished> {
  return jac(["submit", series, "--model", MODEL, "--out", runs, ...args]);
}

/** One line on stderr that no terminal obeys, nothing on stdout, nothing written. */
function expectRefusal({ code, stdout, stderr }: Finished, text: RegExp): void {
  expect(stderr).toMatch(text);
  expect(stderr).toMatch(/^[^\p{Cc}]+\n$/u);
  expect([code, stdout, existsSync(runs)]).toEqual([2, "", false]);
}

describe("jac submit refuses, with one line and nothing written,", () => {
  it("what this version does not have, as any other choice or option that there is not", async () => {
    expectRefusal(await submit(SERIES, "--engine", "tensorflow"), /'tensorflow' is invalid.*auto, native/);
    expectRefusal(await submit(SERIES, "--mode", "half"), /'half' is invalid.*must be one of batch, full/);
    expectRefusal(await submit(SERIES, "--memory", "2 bits"), /'2 bits' is invalid.*a size such as 512MiB/);
    const path = join(folder.path, "model.json");
    writeFileSync(path, "{}");
    expectRefusal(await submit(SERIES, "--model", path), /model\.json is JSON/);
  });

  it("windows that are none, and a name that is empty", async () => {
    expectRefusal(await submit(SERIES, "--windows", "5:5"), /--windows .*'5:5' is invalid.*100:200/);
    expectRefusal(await submit(SERIES, "--columns", "a,,b"), /'a,,b' is invalid.*names parted by commas/);
    expectRefusal(await submit(SERIES, "--sheet", ""), /--sheet .*'' is invalid/);
  });

  it("to compute with no worker, where there is no queue either", async () => {
    expectRefusal(await submit(SERIES, "--workers", "0"), /--workers 0 leaves nobody to compute/);
    expectRefusal(await submit(SERIES, "--workers", "0", "--queue", ""), /--workers 0/);
  });

  it("more workers than an engine takes", async () => {
    expectRefusal(await submit(SERIES, "--workers", "1025"), /'1025' is invalid.*of 0 to 1024/);
  });

  it("to leave a run to a queue that is not there", async () => {
    expectRefusal(await submit(SERIES, "--detach"), /--detach leaves the run to a queue/);
  });

  it("an output folder without a name", async () => {
    expectRefusal(await submit(SERIES, "--out", ""), /--out .*'' is invalid/);
  });

  it("an output folder where a file system makes none", async () => {
    const finished = await jac(["submit", SERIES, "--model", MODEL, "--out", "/proc/none/runs"]);
    expectRefusal(finished, /output folder \/proc\/none\/runs.* cannot be written/);
  });

  it("a device, which would never end", async () => {
    const path = join(folder.path, "zero.csv");
    symlinkSync("/dev/zero", path);
    expectRefusal(await submit(path), /zero\.csv cannot be read: it is a device or a pipe/);
  });

  it("to send a terminal what a name holds", async () => {
    const path = join(folder.path, "red\u001b[31m\u009b2J.csv");
    writeFileSync(path, "a,b,c\n1,2,3\n");
    expectRefusal(await submit(path), /red�\[31m�2J\.csv has 1 row/);
  });

  it("a target's column that is none of numbers, without a word on --columns", async () => {
    const path = join(folder.path, "s.csv");
    writeFileSync(path, `a,b,c,site\n${"1,2,3,north\n".repeat(20)}`);
    const finished = await submit(path, "--target", "loss:site");
    expectRefusal(finished, /column site: "north" is not a number; .*name another with --target$/m);
    expectRefusal(await submit(path, "--target", "loss:y"), /no column "y", which --target names/);
  });
});

describe("jac worker refuses", () => {
  it("to have no chunk at work, or more than memory is there for", async () => {
    for (const count of ["0", "65", "1e3", "two"]) {
      const finished = await jac(["worker", "--queue", "redis://127.0.0.1:1", "--concurrency", count]);
      expectRefusal(finished, new RegExp(`--concurrency .*'${count}' is invalid.*of 1 to 64`));
    }
    const taken = await jac(["worker", "--queue", "redis://127.0.0.1:1", "--concurrency", "64"]);
    expect([taken.code, taken.stderr]).toEqual([3, expect.stringMatching(/cannot be reached/)]);
  });
});

describe("a run that was done and has lost files since", () => {
  it("is computed again where they lack, by the same command or by resume", { timeout: 30_000 }, async () => {
    const { json } = await submit(SERIES, "--chunk", "5", "--json");
    for (const lost of ["jacobians/part-00002.arrow", "summary.json", "report.html", "partials"]) {
      rmSync(join(json.dir, lost), { recursive: true });
      const verified = await jac(["verify", json.run, "--out", runs]);
      expect(verified.code).toBe(1);
      if (lost === "partials") rmSync(join(json.dir, "jacobians"), { recursive: true });
      const again = lost.startsWith("s")
        ? jac(["resume", json.run, "--out", runs])
        : submit(SERIES, "--chunk", "5");
      expect(await again).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/done, 24 windows, .* in /),
      });
      expect(await jac(["verify", json.run, "--out", runs])).toMatchObject({ code: 0, stderr: "" });
    }
  });

  it("is told by its damaged record, which list shows and the others refuse", async () => {
    const { json } = await submit(SERIES, "--json");
    writeFileSync(join(json.dir, "manifest.json"), '{"run":');
    for (const command of ["show", "watch", "resume", "report", "verify", "cancel"]) {
      const { code, stderr } = await jac([command, json.run, "--out", runs]);
      expect([code, stderr]).toEqual([
        2,
        expect.stringMatching(/^jac: .*manifest\.json is not JSON; remove it.*\n$/),
      ]);
    }
    expect((await jac(["list", "--out", runs])).stderr).toMatch(/manifest\.json is not JSON/);
    expect(readdirSync(json.dir)).toContain("jacobians");
  });
});
