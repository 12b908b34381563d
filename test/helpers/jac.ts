import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const DEMO = join(ROOT, "demo/weather.xlsx");

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly json: RunObject;
}

/** The object that --json prints. */
export interface RunObject {
  readonly run: string;
  readonly dir: string;
  readonly status: string;
  readonly windows: number;
  readonly chunks: number;
  readonly failed: readonly unknown[];
  readonly seconds: number;
  readonly phases: Record<string, number>;
}

/** A process of the command jac. */
export class Jac {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  stdout = "";
  stderr = "";

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    build();
    const { JAC_QUEUE_URL: _, ...rest } = process.env;
    this.child = spawn(process.execPath, [join(ROOT, "dist/cli.js"), ...args], {
      cwd: ROOT,
      env: { ...rest, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stdout?.on("data", (data) => {
      this.stdout += data;
    });
    this.child.stderr?.on("data", (data) => {
      this.stderr += data;
    });
    this.finished = new Promise((resolve, reject) => {
      this.child.on("error", reject);
      this.child.on("close", (code, signal) => {
        const { stdout, stderr } = this;
        resolve({ code, signal, stdout, stderr, json: lastObject(stdout) });
      });
    });
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error("the process did not start");
    return this.child.pid;
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.ended) process.kill(this.pid, signal);
  }

  /** Resolves when stderr holds the text; rejects when the process ends without. */
  async says(text: string): Promise<void> {
    while (!this.stderr.includes(text)) {
      if (this.ended) throw new Error(`jac ended without saying ${text}: ${this.stderr}`);
      await sleep(20);
    }
  }
}

/** Runs jac to its end. */
export async function jac(args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  return await new Jac(args, env).finished;
}

/** A new folder, under the system's temporary one unless told; `remove` takes it away. */
export function temporaryFolder(parent = tmpdir()): { path: string; remove: () => void } {
  const path = mkdtempSync(join(parent, "jac-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function lastObject(stdout: string): RunObject {
  try {
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  } catch {
    return { run: "", dir: "", status: "", windows: 0, chunks: 0, failed: [], seconds: 0, phases: {} };
  }
}

let built = false;

/** Compiles src to dist where dist is older; one process at a time. */
export function build(): void {
  if (built) return;
  const lock = join(ROOT, "node_modules/.jac-test-build");
  const stamp = join(ROOT, "dist/cli.js");
  while (!tryLock(lock)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  try {
    const newest = Math.max(
      ...readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => statSync(join(ROOT, "src", name)).mtimeMs),
    );
    if (!existsSync(stamp) || statSync(stamp).mtimeMs < newest) {
      const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
      spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: ROOT, stdio: "ignore" });
    }
    built = true;
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > 60_000)
      rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
