import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Suites with a command of their own: npm run test:native, test:chaos, test:mutants.
    exclude: ["test/native/**", "test/chaos/**", "test/mutants/**", "**/node_modules/**"],
    globalSetup: ["test/global-setup.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
