import { defineConfig } from "vitest/config";

/** Whether the tests catch faults: each is put into a copy of the sources, and a named test has to fail there. */
export default defineConfig({
  test: {
    include: ["test/mutants/*.test.ts"],
    globalSetup: ["test/global-setup.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    reporters: ["verbose"],
  },
});
