import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderPerTest } from "../helpers/folders.js";
import { type Finished, jac } from "../helpers/jac.js";
import { FIXTURES, SEED_LSTM, WEATHER } from "../helpers/places.js";

const { series: SERIES, model: MODEL } = SEED_LSTM;

const folder = folderPerTest();

function submit(...args: string[]): Promise<Finished> {
  return jac(["submit", ...args, "--out", join(folder.path, "runs")]);
}

/** One line on stderr, nothing on stdout, nothing written. */
function expectRefusal({ code, stdout, stderr }: Finished, exitCode: number, text: RegExp): void {
  expect(stderr).toMatch(text);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(stderr).not.toContain("    at ");
  expect(stdout).toBe("");
  expect(code).toBe(exitCode);
  expect(existsSync(join(folder.path, "runs"))).toBe(false);
}

describe("jac submit refuses, with one line and nothing written,", () => {
  it("a series that is not there", async () => {
    expectRefusal(await submit("nowhere.xlsx", "--model", MODEL), 2, /nowhere\.xlsx .*no such file/);
  });

  it("a command without a series", async () => {
    expectRefusal(await submit(), 2, /missing required argument 'series'/);
  });

  it("an option it does not know", async () => {
    expectRefusal(await submit(SERIES, "--model", MODEL, "--colums", "a"), 2, /unknown option '--colums'/);
  });

  it("an option's value that is none of those there are", async () => {
    expectRefusal(await submit(SERIES, "--model", MODEL, "--missing", "drop"), 2, /'drop' is invalid.*skip/);
  });

  it("a chunk of no windows", async () => {
    expectRefusal(await submit(SERIES, "--model", MODEL, "--chunk", "0"), 2, /'0' is invalid.*at least 1/);
  });

  it("a target that it does not know", async () => {
    expectRefusal(await submit(SERIES, "--model", MODEL, "--target", "gradient"), 2, /--target "gradient"/);
  });

  it("a layer that the model does not have", async () => {
    expectRefusal(
      await submit(SERIES, "--model", MODEL, "--target", "layer:gru"),
      2,
      /layer:gru.*it has .*lstm/,
    );
  });

  it("a file that is no spreadsheet", async () => {
    const path = join(folder.path, "text.xlsx");
    writeFileSync(path, "this is no spreadsheet");
    expectRefusal(await submit(path, "--model", MODEL), 2, /text\.xlsx/);
  });

  it("text in a numeric column, by its cell", async () => {
    const path = join(folder.path, "text.csv");
    const rows = Array.from({ length: 30 }, (_, row) => (row === 6 ? "1,2,three,4,5" : "1,2,3,4,5"));
    writeFileSync(path, `a,b,c,d,e\n${rows.join("\n")}\n`);
    expectRefusal(await submit(path, "--model", MODEL), 2, /three/);
  });

  it("fewer rows than the window", async () => {
    const path = join(folder.path, "short.csv");
    writeFileSync(path, `a,b,c,d,e\n${"1,2,3,4,5\n".repeat(19)}`);
    expectRefusal(await submit(path, "--model", MODEL), 2, /19 rows.* 20 /);
  });

  it("a number of columns that does not fit the model, listing them", async () => {
    const path = join(folder.path, "narrow.csv");
    writeFileSync(path, `a,b,c\n${"1,2,3\n".repeat(30)}`);
    expectRefusal(await submit(path, "--model", MODEL), 2, /5 columns.*a, b, c/);
  });

  it("a model that is cut short", async () => {
    const path = join(folder.path, "cut.h5");
    writeFileSync(path, readFileSync(MODEL).subarray(0, 5000));
    expectRefusal(await submit(SERIES, "--model", path), 2, /cut\.h5/);
  });

  it("a model that is weights alone", async () => {
    const path = join(FIXTURES, "refused/weights-only-keras2.h5");
    expectRefusal(await submit(SERIES, "--model", path), 2, /weights-only-keras2\.h5.*weights/);
  });

  it("a model with a Lambda layer, by the layer's name", async () => {
    const path = join(FIXTURES, "refused/lambda-keras3.h5");
    expectRefusal(await submit(SERIES, "--model", path), 2, /Lambda/);
  });

  it("a series without any row", async () => {
    const path = join(folder.path, "empty.csv");
    writeFileSync(path, "a,b,c,d,e\n");
    expectRefusal(await submit(path, "--model", MODEL), 2, /empty\.csv/);
  });

  it("a queue that cannot be reached, within 5 s and with exit code 3", async () => {
    const began = Date.now();
    const finished = await submit(SERIES, "--model", MODEL, "--queue", "redis://127.0.0.1:1");
    expectRefusal(finished, 3, /redis:\/\/127\.0\.0\.1:1 cannot be reached/);
    expect(Date.now() - began).toBeLessThan(5000);
  });

  it("a queue that does not answer, within 5 s and with exit code 3", async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    const began = Date.now();
    const finished = await submit(SERIES, "--model", MODEL, "--queue", `redis://127.0.0.1:${port}`);
    silent.close();
    expectRefusal(finished, 3, /cannot be reached/);
    expect(Date.now() - began).toBeLessThan(5500);
  });

  it("a queue of a kind it does not know", async () => {
    expectRefusal(await submit(SERIES, "--model", MODEL, "--queue", "postgres://h/db"), 2, /postgres/);
    expectRefusal(await submit(SERIES, "--model", MODEL, "--queue", "amqp://h"), 2, /amqp:/);
  });

  it("to show the password of a queue", async () => {
    const finished = await submit(SERIES, "--model", MODEL, "--queue", "redis://me:sesame@127.0.0.1:1/0");
    expectRefusal(finished, 3, /redis:\/\/127\.0\.0\.1:1\/0 cannot be reached/);
    const malformed = await submit(SERIES, "--model", MODEL, "--queue", "redis://me:sesame@127.0.0.1:1/zero");
    expectRefusal(malformed, 2, /database/);
    for (const { stderr } of [finished, malformed]) expect(stderr).not.toContain("sesame");
  });

  it("an output folder that cannot be written", async () => {
    writeFileSync(join(folder.path, "file"), "");
    const out = join(folder.path, "file", "runs");
    const finished = await jac(["submit", SERIES, "--model", MODEL, "--out", out]);
    expectRefusal(finished, 2, /output folder .*file\/runs.* cannot be written/);
  });
});

describe("jac", () => {
  it("explains itself with examples", async () => {
    const { code, stdout } = await jac(["submit", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Examples:");
    expect(stdout).toContain("--time-column");
  });

  it("refuses a command it does not know", async () => {
    const { code, stderr } = await jac(["compute", WEATHER]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/unknown command 'compute'/);
  });

  it("finds no run of a name that there is none of", async () => {
    const { code, stderr } = await jac(["show", "rfff", "--out", folder.path]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/there is no run rfff/);
  });
});
