import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describeWith } from "./needs.js";
import { ROOT } from "./places.js";

/** A Python with test/python/requirements.txt. */
const { JAC_TEST_PYTHON: PYTHON } = process.env;

/** A block of tests that check with NumPy. */
export function describeWithNumPy(name: string, tests: () => void): void {
  const works = PYTHON !== undefined && spawnSync(PYTHON, ["-c", "import numpy, pyarrow"]).status === 0;
  const lacking = PYTHON === undefined ? "it is not set" : `${PYTHON} cannot import numpy and pyarrow`;
  describeWith(
    works,
    `JAC_TEST_PYTHON must name a Python with test/python/requirements.txt: ${lacking}`,
    name,
    tests,
  );
}

/** Checks a run's folder with NumPy; resolves to what it says, rejects with its `stderr` at a difference. */
export async function checkRun(folder: string): Promise<string> {
  const script = join(ROOT, "test/python/check_run.py");
  const { stdout } = await promisify(execFile)(PYTHON!, [script, folder]);
  return stdout;
}
