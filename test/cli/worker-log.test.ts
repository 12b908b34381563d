import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { workerLog } from "../../src/cli/worker-log.js";
import { PermanentError } from "../../src/shared/errors.js";

test("a worker's log holds the stack of what failed a job, and those of its causes", () => {
  let text = "";
  const stream = new Writable({
    write: (data, _encoding, done) => {
      text += data;
      done();
    },
  });
  const error = new PermanentError("the part is damaged", { cause: new RangeError("offset 99") });
  const event = { step: "chunk", run: "r1", chunk: 3 } as const;
  workerLog(stream).event({ ...event, kind: "given-up", reason: error.message, error });
  workerLog(stream).event({ ...event, kind: "finished", seconds: 0.5 });
  const [failed, finished] = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(failed).toMatchObject({ run: "r1", chunk: 3, reason: "the part is damaged", msg: "chunk given-up" });
  expect(failed.err.stack).toMatch(/the part is damaged\n {4}at .*worker-log\.test\.ts/);
  expect(failed.err.stack).toMatch(/caused by: RangeError: offset 99\n {4}at /);
  expect(finished).not.toHaveProperty("err");
});
