import { describe, it } from "vitest";

/** Whether this is a run that must leave nothing out. */
const { CI } = process.env;

/**
 * A block of tests that need what not every machine has. Where it lacks, they are skipped; in CI (CI=true), where a
 * skipped test would be taken for one that passed, one test stands in their place and fails with the reason.
 */
export function describeWith(present: boolean, lacking: string, name: string, tests: () => void): void {
  if (present || CI !== "true") {
    describe.skipIf(!present)(name, tests);
    return;
  }
  it(`${name}: what it needs is there`, () => {
    throw new Error(lacking);
  });
}
