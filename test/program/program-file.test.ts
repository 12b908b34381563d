import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readModel } from "../../src/model/read-model.js";
import { compile } from "../../src/program/compile.js";
import type { Program } from "../../src/program/program.js";
import { decodeProgramFile, encodeProgramFile } from "../../src/program/program-file.js";
import { parseTarget } from "../../src/program/target.js";
import { PermanentError } from "../../src/shared/errors.js";
import { oracleCases } from "../helpers/oracle.js";

async function demo(target = "output"): Promise<Program> {
  const graph = await readModel("EKF-LSTM-1.h5", readFileSync("demo/EKF-LSTM-1.h5"));
  return compile(graph, { target: parseTarget(target) });
}

test("a program of every kind of layer is read back as it was written, from any place in memory", async () => {
  for (const { models } of oracleCases("oracle/keras3", "models/keras3")) {
    const model = models[0]!;
    const graph = await readModel(model, readFileSync(model));
    for (const target of ["output", "loss"]) {
      const program = compile(graph, { target: parseTarget(target) });
      const bytes = encodeProgramFile(program);
      expect(decodeProgramFile(bytes)).toEqual(program);
      const moved = new Uint8Array(bytes.length + 1);
      moved.set(bytes, 1);
      expect(decodeProgramFile(moved.subarray(1))).toEqual(program);
    }
  }
});

test("numbers that JSON lacks are kept: infinities, NaN and −0", async () => {
  const program = await demo();
  const y = program.input;
  const odd = [Number.NEGATIVE_INFINITY, Number.NaN, -0, 2 ** 40, -3, 0.1].map(
    (value) => ({ kind: "fill", y, value }) as const,
  );
  const read = decodeProgramFile(encodeProgramFile({ ...program, forward: odd }));
  expect(read.forward).toEqual(odd);
});

test("the same program is the same bytes, the description a small part of them", async () => {
  const bytes = encodeProgramFile(await demo());
  expect(encodeProgramFile(await demo())).toEqual(bytes);
  const header = new DataView(bytes.buffer);
  expect(Buffer.from(bytes.subarray(0, 7)).toString()).toBe("jacprog");
  expect(header.getUint32(8, true)).toBeLessThan(5000); // bytes of JSON, for 2 × 40 operations
});

test("the constants are views of the file's bytes: weights are not copied when a worker reads them", async () => {
  const bytes = encodeProgramFile(await demo());
  const { matrices, vectors } = decodeProgramFile(bytes);
  for (const { data } of matrices) expect(data.buffer).toBe(bytes.buffer);
  for (const vector of vectors) expect(vector.buffer).toBe(bytes.buffer);
});

test("a file that is cut short or whose words point nowhere is refused as damaged", async () => {
  const bytes = encodeProgramFile(await demo());
  for (const length of [0, 5, 8, 23, 24, 1000, 4000, bytes.length - 8, bytes.length - 1])
    expect(() => decodeProgramFile(bytes.slice(0, length)), `${length} bytes`).toThrow(PermanentError);
  for (const at of [0, 7, 8, 12, 16, 24, 30, 200]) {
    const damaged = bytes.slice();
    damaged[at]! ^= 0x15;
    expect(() => decodeProgramFile(damaged), `byte ${at}`).toThrow(PermanentError);
  }
  const formless = bytes.slice();
  const words = 24 + Math.ceil(new DataView(bytes.buffer).getUint32(8, true) / 8) * 8;
  formless[words + 3] = 0x70; // the first operation's form
  expect(() => decodeProgramFile(formless)).toThrow(/program is damaged/);
});
