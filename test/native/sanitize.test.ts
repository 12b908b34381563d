import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { readModel } from "../../src/model/read-model.js";
import { compile } from "../../src/program/compile.js";
import { encodeProgram } from "../../src/program/encode-program.js";
import type { Program } from "../../src/program/program.js";
import { reference } from "../../src/worker/engine/reference.js";
import { folderPerFile } from "../helpers/folders.js";
import { oracleCases } from "../helpers/oracle.js";
import { ROOT } from "../helpers/places.js";
import { randomNumbers } from "../helpers/random-numbers.js";
import { randomGraph } from "../program/random-graph.js";

const native = join(ROOT, "native");
const { path: scratch } = folderPerFile();
const driver = join(scratch, "sanitize");
const execute = promisify(execFile);
const { CXX = "c++" } = process.env;

const KERNELS: Record<string, [isa: string, bytes: number, ...flags: string[]][]> = {
  x64: [
    ["avx512", 64, "-mavx512f", "-mavx512dq", "-mavx512vl", "-mavx512bw", "-mfma"],
    ["avx2", 32, "-mavx2", "-mfma"],
    ["plain", 16],
  ],
  arm64: [
    ["neon", 16],
    ["plain", 16],
  ],
};

beforeAll(async () => {
  const common = [
    "-std=c++17",
    "-O1",
    "-g",
    "-Wno-psabi",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
  ];
  const compiles = [
    ...KERNELS[process.arch]!.map(([isa, bytes, ...flags]) => [
      ...["-ffp-contract=fast", `-DJAC_ISA=${isa}`, `-DJAC_BYTES=${bytes}`, ...flags],
      ...["-c", join(native, "kernel.cc"), "-o", join(scratch, `kernel-${isa}.o`)],
    ]),
    ...["program.cc", "checker.cc", "read-program.cc", "executor.cc", "test/sanitize.cc"].map((source) => [
      ...["-c", join(native, source), "-o", join(scratch, `${basename(source)}.o`)],
    ]),
  ];
  const lines = compiles.map((args) => [...common, ...args].map((arg) => `'${arg}'`).join(" ")).join("\n");
  const workers = String(availableParallelism());
  // Not synchronously: the test's process has to answer its runner meanwhile.
  const compiling = execute("xargs", ["-P", workers, "-L", "1", CXX]);
  compiling.child.stdin?.end(lines);
  await compiling;
  const link = `${CXX} -fsanitize=address,undefined -pthread "$0"/*.o -o "$1"`;
  await execute("sh", ["-c", link, scratch, driver]);
}, 300_000);

type Numbers = Int32Array | Float64Array;

/** A case as the driver reads it: each array after its length. */
async function encodeCase(
  program: Program,
  rows: Float64Array,
  windows: number,
  expected: boolean,
): Promise<Uint8Array[]> {
  const { code, constants } = encodeProgram(program);
  const starts = Int32Array.from({ length: windows }, (_, i) => i);
  const executor = await reference.prepare(program, { precision: "float64", threads: 1 });
  const [result] = await executor.run({ rows, starts, aux: null });
  const exact = Float64Array.from(result!.jacobian);
  // Stacked exponentials may leave every float behind: such a model is run, not compared.
  const finite = [...exact, ...result!.prediction].every((value) => Math.abs(value) < 1e6);
  const arrays: Numbers[] = [
    code,
    constants,
    rows,
    new Float64Array(0),
    starts,
    expected && finite ? exact : new Float64Array(0),
  ];
  return arrays.flatMap((array) => [
    new Uint8Array(BigInt64Array.of(BigInt(array.length)).buffer),
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  ]);
}

async function run(cases: Uint8Array[], name: string): Promise<string> {
  const file = join(scratch, name);
  writeFileSync(file, Buffer.concat(cases));
  const env = { ...process.env, ASAN_OPTIONS: "detect_leaks=1" };
  return (await execute(driver, [file], { encoding: "utf8", env })).stdout;
}

test("the recorded models run clean under AddressSanitizer and UndefinedBehaviorSanitizer", async () => {
  const cases: Uint8Array[] = [];
  for (const each of oracleCases("oracle/keras3")) {
    const graph = await readModel(basename(each.models[0]!), readFileSync(each.models[0]!));
    const program = compile(graph, { target: { kind: "output" } });
    cases.push(...(await encodeCase(program, each.rows, each.windows, true)));
  }
  expect(await run(cases, "recorded")).toContain("15 programs");
}, 300_000);

test("1,000 random programs and damaged copies of them run clean or are refused", async () => {
  const cases: Uint8Array[] = [];
  for (let seed = 1; seed <= 1000; seed++) {
    const program = compile(randomGraph(seed), { target: { kind: "output" } });
    const random = randomNumbers(seed);
    const rows = Float64Array.from(
      { length: (program.steps + 5) * program.features },
      () => random() * 3 - 1.5,
    );
    cases.push(...(await encodeCase(program, rows, 5, true)));
  }
  const report = await run(cases, "random");
  console.log(report.trim());
  expect(report).toContain("1000 programs");
}, 300_000);
