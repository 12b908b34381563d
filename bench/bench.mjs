#!/usr/bin/env node
// npm run bench [-- --repeats 5 --python PATH]: every contender in turn, several times over, in one run; medians and
// ratios. Contenders: jac's engines, the machine's FMA peak, the Python peers where they are installed, and the whole
// command from start to report. Writes bench/results.json and the table of bench/README.md.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readModel } from "../dist/model/read-model.js";
import { compile } from "../dist/program/compile.js";
import { loadAddon, nativeEngine } from "../dist/worker/engine/native.js";
import { wasmEngine } from "../dist/worker/engine/wasm.js";
import { COLUMNS, makeJob, ROWS } from "./make-job.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const { values: options } = parseArgs({
  options: { repeats: { type: "string", default: "5" }, python: { type: "string", default: "python3" } },
});
const REPEATS = Number(options.repeats);
const THREADS = 2;
const WINDOWS = ROWS - 20 + 1;
const folder = mkdtempSync(join(tmpdir(), "jac-bench-"));
const say = (line) => process.stderr.write(`${line}\n`);
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

say("making the job");
const rows = Float64Array.from(makeJob(folder).flat());
const graph = await readModel("EKF-LSTM-1.h5", readFileSync(join(folder, "EKF-LSTM-1.h5")));
const program = compile(graph, { target: { kind: "output" } });
const flops = 2 * program.multiplyAdds * WINDOWS;

/** name → a function that does the job once and gives its seconds. */
const contenders = new Map();
const closing = [];

async function addEngine(name, engine, options) {
  const executor = await engine.prepare(program, options);
  closing.push(() => executor.close());
  const starts = Int32Array.from({ length: WINDOWS }, (_, i) => i);
  contenders.set(name, async () => {
    const start = performance.now();
    await executor.run({ rows, starts, aux: null });
    return (performance.now() - start) / 1000;
  });
}

const native = nativeEngine(loadAddon());
await addEngine(`native float32, ${THREADS} threads`, native, { precision: "float32", threads: THREADS });
await addEngine("native float32, 1 thread", native, { precision: "float32", threads: 1 });
await addEngine(`native float64, ${THREADS} threads`, native, { precision: "float64", threads: THREADS });
await addEngine("native float64, 1 thread", native, { precision: "float64", threads: 1 });
const wasm = await wasmEngine();
await addEngine(`${wasm.description} float32, ${THREADS} threads`, wasm, {
  precision: "float32",
  threads: THREADS,
});

/** A peer stays up between its turns: only the job is timed. */
async function addPeer(script) {
  const args = [
    join(here, "peers", script),
    join(folder, "series.npy"),
    join(folder, "EKF-LSTM-1.h5"),
    String(THREADS),
  ];
  const child = spawn(options.python, args, { stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    return done ? null : JSON.parse(value);
  };
  say(`starting and tuning ${script}`);
  for (let message = await next(); ; message = await next()) {
    if (message === null) return say(`${script} is not installed here; see bench/README.md`);
    if (message.failed) {
      say(`${message.name} cannot run here: ${message.failed}`);
      continue;
    }
    closing.push(() => child.kill());
    for (const name of message.ready) {
      contenders.set(name, async () => {
        child.stdin.write(`${name}\n`);
        return (await next()).seconds;
      });
    }
    return;
  }
}
const ownContenders = new Set(contenders.keys());
for (const script of ["tensorflow_peer.py", "jax_peer.py", "torch_peer.py"]) await addPeer(script);

const peakBinary = join(folder, "fma-peak");
spawnSync("c++", [
  "-O3",
  "-march=native",
  "-ffp-contract=fast",
  "-pthread",
  join(here, "fma-peak.cc"),
  "-o",
  peakBinary,
]);
const peak = (threads) =>
  execFileSync(peakBinary, [String(threads), "400"], { encoding: "utf8" })
    .trim()
    .split(" ")
    .map(Number);

/** The whole command, start to report: seconds by the wall, and its own phases. */
function wholeCommand(round) {
  const args = [
    join(here, "../dist/cli-submit.js"),
    join(folder, "dataset.xlsx"),
    "--columns",
    COLUMNS.join(","),
    "--json",
  ];
  const start = performance.now();
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...args, "--out", join(folder, `runs-${round}`)],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(stderr);
  return {
    seconds: (performance.now() - start) / 1000,
    phases: JSON.parse(stdout.trim().split("\n").at(-1)).phases,
  };
}

const seconds = new Map([...contenders.keys()].map((name) => [name, []]));
const peaks = { one: [], all: [] }; // GFLOP/s: [float32, float64]
const whole = [];
const shares = { one: [], all: [] }; // of the peak measured just before, in the same round
for (let round = 0; round < REPEATS; round++) {
  say(`round ${round + 1} of ${REPEATS}`);
  for (const [name, run] of contenders) {
    if (name.startsWith("native float32")) {
      const which = name.includes("1 thread") ? "one" : "all";
      const before = peak(which === "one" ? 1 : THREADS)[0];
      const took = await run();
      const after = peak(which === "one" ? 1 : THREADS)[0];
      seconds.get(name).push(took);
      peaks[which].push((before + after) / 2);
      shares[which].push(flops / took / 1e9 / ((before + after) / 2));
    } else seconds.get(name).push(await run());
  }
  whole.push(wholeCommand(round));
}
for (const close of closing) await close();
rmSync(folder, { recursive: true });

const base = seconds.get(`native float32, ${THREADS} threads`);
const table = [...seconds].map(([name, values]) => ({
  name,
  seconds: median(values),
  ratio: median(values.map((value, round) => value / base[round])),
}));
const [bestPeer] = table.filter(({ name }) => !ownContenders.has(name)).sort((a, b) => a.seconds - b.seconds);
const phases = Object.fromEntries(
  Object.keys(whole[0].phases ?? {}).map((phase) => [phase, median(whole.map((each) => each.phases[phase]))]),
);
const results = {
  machine: {
    cpu: cpus()[0].model,
    cores: cpus().length,
    node: process.version,
    instructionSet: native.description,
  },
  job: { windows: WINDOWS, gigaflop: flops / 1e9 },
  repeats: REPEATS,
  table,
  fmaPeak: { "1 thread": median(peaks.one), [`${THREADS} threads`]: median(peaks.all) },
  shareOfPeak: { "1 thread": median(shares.one), [`${THREADS} threads`]: median(shares.all) },
  bestPeer: bestPeer && {
    name: bestPeer.name,
    ratio: bestPeer.ratio,
    shareOfPeak: flops / bestPeer.seconds / 1e9 / median(peaks.all),
  },
  wholeCommand: { seconds: median(whole.map((each) => each.seconds)), phases },
};
writeFileSync(join(here, "results.json"), `${JSON.stringify(results, null, 2)}\n`);

const markdown = [
  `${results.machine.cpu}, ${THREADS} of ${results.machine.cores} cores, Node ${results.machine.node.slice(1)}, ${native.description}; ${WINDOWS} windows, ${(flops / 1e9).toFixed(0)} GFLOP; median of ${REPEATS}.`,
  "",
  "| contender | seconds | times jac's |",
  "| --- | ---: | ---: |",
  ...table.map((row) => `| ${row.name} | ${row.seconds.toFixed(2)} | ${row.ratio.toFixed(2)} |`),
  "",
  `Share of the FMA peak measured beside it: ${(100 * results.shareOfPeak["1 thread"]).toFixed(0)} % on 1 thread, ${(100 * results.shareOfPeak[`${THREADS} threads`]).toFixed(0)} % on ${THREADS} (peak ${results.fmaPeak[`${THREADS} threads`].toFixed(0)} GFLOP/s).`,
  ...(bestPeer === undefined
    ? []
    : [
        `The best peer, ${bestPeer.name}, reaches ${(100 * results.bestPeer.shareOfPeak).toFixed(0)} % of it: on this machine nothing that does the same arithmetic can be more than ${(1 / results.bestPeer.shareOfPeak).toFixed(1)} times as fast.`,
      ]),
  "",
  `The whole command, process start to report: ${results.wholeCommand.seconds.toFixed(2)} s; ${Object.entries(
    phases,
  )
    .map(([phase, value]) => `${phase} ${value.toFixed(2)}`)
    .join(", ")}. Series and model are read at the same time.`,
].join("\n");
console.log(markdown);
const readme = join(here, "README.md");
const [head] = readFileSync(readme, "utf8").split("<!-- results -->");
writeFileSync(readme, `${head}<!-- results -->\n${markdown}\n`);
