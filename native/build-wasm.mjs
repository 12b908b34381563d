#!/usr/bin/env node
// Compiles the kernel to native/kernel.wasm and native/kernel-relaxed.wasm (with fused multiply-add, where the
// engine has relaxed SIMD), by Debian's clang-19 and lld-19. Given --check, compares with the files kept instead.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const compiler = process.env.WASM_CXX ?? "clang++-19";
const flags = [
  "--target=wasm32",
  "-std=c++17",
  "-O3",
  "-ffreestanding",
  "-nostdlib",
  "-fno-exceptions",
  "-fno-rtti",
  "-fno-math-errno",
  "-fno-trapping-math",
  "-ffp-contract=off",
  "-fvisibility=hidden",
  "-mbulk-memory",
  "-msimd128",
  "-DJAC_ISA=wasm",
  "-DJAC_BYTES=16",
  "-Wno-psabi",
  "-Wl,--no-entry",
  "-Wl,--strip-all",
  "-Wl,-z,stack-size=131072",
  "-Wl,--initial-memory=1048576",
  "-Wl,--max-memory=4294967296",
];
const sources = ["wasm.cc", "kernel.cc", "program.cc", "checker.cc", "read-program.cc"];
const modules = { "kernel.wasm": [], "kernel-relaxed.wasm": ["-mrelaxed-simd"] };

const check = process.argv.includes("--check");
const scratch = mkdtempSync(join(tmpdir(), "jac-wasm-"));
try {
  for (const [name, extra] of Object.entries(modules)) {
    const built = join(scratch, name);
    const { status, stderr, error } = spawnSync(compiler, [...flags, ...extra, ...sources, "-o", built], {
      cwd: here,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(error ? `${compiler}: ${error.message}` : stderr);
    const bytes = readFileSync(built);
    if (!check) writeFileSync(join(here, name), bytes);
    else if (!bytes.equals(readFileSync(join(here, name)))) {
      throw new Error(
        `native/${name} is not what its source gives; run node native/build-wasm.mjs and commit it`,
      );
    }
    console.log(`native/${name}: ${bytes.length} bytes${check ? ", as its source gives" : ""}`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
