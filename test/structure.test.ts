import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** Where each thing from outside may be imported: one place, so that it can be replaced in one place. */
const HOMES: Readonly<Record<string, RegExp>> = {
  bullmq: /^src\/shared\/redis\//,
  ioredis: /^src\/shared\/redis\//,
  "apache-arrow": /^src\/(shared\/(arrow-data|[a-z]+-arrow)\.ts|producer\/arrow\/arrow-thread\.mjs)$/,
  hyparquet: /^src\/producer\/(read|check)-parquet\.ts$/,
  "@e965/xlsx": /^src\/producer\/xlsx\/[a-z-]+\.mjs$/,
  "csv-parse": /^src\/producer\/csv-thread\.mjs$/,
  h5wasm: /^src\/shared\/model\/hdf5-thread\.mjs$/,
  commander: /^src\/cli\//,
  yauzl: /^src\/shared\/open-zip\.ts$/,
  "ml-matrix": /^src\/reducer\//,
  hono: /^src\/serve\//,
  "@hono/node-server": /^src\/serve\//,
  "@bull-board/api": /^src\/serve\/board\.ts$/,
  "@bull-board/hono": /^src\/serve\/board\.ts$/,
  "prom-client": /^src\/serve\/metrics\.ts$/,
  pino: /^src\/cli\/worker-log\.ts$/,
  "bullmq-otel": /^src\/shared\/redis\/bullmq-options\.ts$/,
};

const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((file) => /\.m?[tj]s$/.test(file))
  .map((file) => join("src", file));

test("each outside package is imported in its own place alone", () => {
  const strays: string[] = [];
  let imports = 0;
  for (const file of sources) {
    for (const [, name] of readFileSync(file, "utf8").matchAll(
      /(?:from|import\()\s*"((?:@[^/"]+\/)?[^./"][^/"]*)/g,
    )) {
      const home = HOMES[name!];
      if (!home) continue;
      imports++;
      if (!home.test(file)) strays.push(`${file} imports ${name}`);
    }
  }
  expect(strays).toEqual([]);
  expect(imports).toBeGreaterThan(8);
});

test("environment, arguments and signals are touched by the entry points alone", () => {
  const strays = sources.filter(
    (file) => !/^src\/cli/.test(file) && /process\.(env|argv|on\(|once\()/.test(readFileSync(file, "utf8")),
  );
  expect(strays).toEqual([]);
});
