import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "./build.js";
import { ROOT } from "./places.js";

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

/** What a command complains of on stderr, but for what it advises on the tests' own server. */
export function complaintsOf({ stderr }: Pick<Finished, "stderr">): string[] {
  return stderr.split("\n").filter((line) => line.startsWith("jac: ") && !/set appendonly yes/.test(line));
}

function lastObject(stdout: string): RunObject {
  try {
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  } catch {
    return { run: "", dir: "", status: "", windows: 0, chunks: 0, failed: [], seconds: 0, phases: {} };
  }
}
