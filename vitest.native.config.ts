import { defineConfig } from "vitest/config";

/** The kernel under the sanitizers: apart from `npm test`, because it compiles the kernel anew. */
export default defineConfig({ test: { include: ["test/native/*.test.ts"] } });
