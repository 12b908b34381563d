import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./places.js";

const DIST = join(ROOT, "dist");
/** Holds the fingerprint of the sources that dist was last built from. */
const STAMP = join(DIST, ".built-from");
const LOCK = join(DIST, ".building");
const STALE_LOCK_MS = 60_000;

let built = false;

/**
 * Compiles src to dist where any source or setting of the compiler has changed since; one process at a time. Throws
 * with what the compiler says where it refuses: a test of an older build would prove nothing.
 */
export function build(): void {
  if (built) return;
  mkdirSync(DIST, { recursive: true });
  while (!tryLock()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  try {
    const sources = fingerprint();
    if (lastBuilt() !== sources) {
      const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
      const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
        cwd: ROOT,
        encoding: "utf8",
      });
      if (status !== 0) throw new Error(`src does not compile:\n${stdout}${stderr}`);
      writeFileSync(STAMP, sources);
    }
    built = true;
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
}

/** Of every source's name, size and time, so that a file taken away or put back counts as well as a new one. */
function fingerprint(): string {
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.m?ts$|\.m?js$/.test(name))
    .map((name) => join("src", name));
  const hash = createHash("sha256");
  for (const name of ["tsconfig.json", "tsconfig.build.json", ...files.sort()]) {
    const { size, mtimeMs } = statSync(join(ROOT, name));
    hash.update(`${name} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

function lastBuilt(): string | null {
  try {
    return readFileSync(STAMP, "utf8");
  } catch {
    return null; // never, by these tests
  }
}

function tryLock(): boolean {
  try {
    mkdirSync(LOCK);
    return true;
  } catch {
    try {
      if (Date.now() - statSync(LOCK).mtimeMs > STALE_LOCK_MS) rmSync(LOCK, { recursive: true, force: true });
    } catch {
      // released meanwhile
    }
    return false;
  }
}
