#!/usr/bin/env node
// Builds the addon with the system's C++ compiler alone: no download, no node-gyp. Run by npm's install step, and with
// --prebuild before packing, to put the addon where a package carries it for machines like this one.
// Without a compiler it says so in one line and succeeds: jac then runs on its WebAssembly engine.
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "build");
const prebuilt = join(here, "..", "prebuilds", `${process.platform}-${process.arch}`, "jac.node");
const prebuild = process.argv.includes("--prebuild");
const compiler =
  process.env.CXX || ["c++", "g++", "clang++"].find((name) => spawnSync(name, ["--version"]).status === 0);

/** One object for each instruction set, and those that need none. */
const kernels = {
  x64: [
    ["avx512", 64, "-mavx512f -mavx512dq -mavx512vl -mavx512bw -mfma"],
    ["avx2", 32, "-mavx2 -mfma"],
    ["plain", 16, ""],
  ],
  arm64: [
    ["neon", 16, ""],
    ["plain", 16, "-ffp-contract=off"],
  ],
}[process.arch] ?? [["plain", 16, ""]];

// NaN, infinities and signed zeros keep their meaning; only what cannot change a result is given up.
const common = [
  "-std=c++17",
  "-O3",
  "-fPIC",
  "-fvisibility=hidden",
  "-fno-math-errno",
  "-fno-trapping-math",
  "-Wno-psabi",
];

function compile(source, object, flags) {
  const args = [...common, ...flags.filter(Boolean), "-c", join(here, source), "-o", join(out, object)];
  return new Promise((resolve, reject) => {
    const child = spawn(compiler, args, { stdio: ["ignore", "ignore", "pipe"] });
    let text = "";
    child.stderr.on("data", (data) => (text += data));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(object) : reject(new Error(text.trim() || `${source} failed`)),
    );
  });
}

async function build() {
  const headers = createRequire(import.meta.url)("node-api-headers").include_dir;
  mkdirSync(out, { recursive: true });
  const jobs = [
    ...kernels.map(([isa, bytes, flags]) => () => {
      const own = [
        "-ffp-contract=fast",
        "-fno-exceptions",
        "-fno-rtti",
        `-DJAC_ISA=${isa}`,
        `-DJAC_BYTES=${bytes}`,
      ];
      return compile("kernel.cc", `kernel-${isa}.o`, [...own, ...flags.split(" ")]);
    }),
    () => compile("program.cc", "program.o", []),
    () => compile("checker.cc", "checker.o", []),
    () => compile("read-program.cc", "read-program.o", []),
    () => compile("executor.cc", "executor.o", []),
    () => compile("addon.cc", "addon.o", [`-I${headers}`]),
  ];
  const objects = [];
  const worker = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) objects.push(await job());
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  const shared =
    process.platform === "darwin"
      ? ["-bundle", "-undefined", "dynamic_lookup"]
      : ["-shared", "-pthread", "-static-libstdc++", "-static-libgcc"];
  const target = join(out, "jac.node");
  const args = [...shared, ...objects.sort().map((object) => join(out, object)), "-o", `${target}.tmp`];
  const { status, stderr } = spawnSync(compiler, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr.trim());
  renameSync(`${target}.tmp`, target);
}

/** Whether the addon is newer than every source: npm may run the install step more than once. */
function upToDate() {
  const target = join(out, "jac.node");
  if (!existsSync(target)) return false;
  const sources = readdirSync(here).filter((name) => /\.(h|cc|mjs)$/.test(name));
  return sources.every((name) => statSync(join(here, name)).mtimeMs < statSync(target).mtimeMs);
}

if (upToDate() || (existsSync(prebuilt) && !prebuild)) {
  // Nothing to build.
} else if (!compiler) {
  console.error(
    "jac: no C++ compiler found, so the native engine is not built; jac will run on its WebAssembly engine",
  );
} else if (!existsSync(join(here, "addon.cc"))) {
  console.error(
    "jac: the native sources are not in this package; a prebuilt addon or the WebAssembly engine is used",
  );
} else {
  await build().catch((error) => {
    const line =
      String(error.message)
        .split("\n")
        .find((each) => each.includes("error")) ?? error.message;
    console.error(
      `jac: the native engine could not be built (${line.trim()}); jac will run on its WebAssembly engine`,
    );
    if (process.argv.includes("--strict")) process.exitCode = 1;
  });
}

if (prebuild) {
  mkdirSync(dirname(prebuilt), { recursive: true });
  copyFileSync(join(out, "jac.node"), prebuilt);
}
