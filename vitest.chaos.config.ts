import { defineConfig } from "vitest/config";

/** Real processes killed at any moment: `npm run test:chaos`, some six minutes. */
export default defineConfig({
  test: {
    include: ["test/chaos/**/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
});
