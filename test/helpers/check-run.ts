import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** A Python with test/python/requirements.txt; where none is named, its tests are skipped. */
export const { JAC_TEST_PYTHON: PYTHON } = process.env;

/** Checks a run's folder with NumPy; resolves to what it says, rejects with its `stderr` at a difference. */
export async function checkRun(folder: string): Promise<string> {
  const script = join(import.meta.dirname, "../python/check_run.py");
  const { stdout } = await promisify(execFile)(PYTHON!, [script, folder]);
  return stdout;
}
