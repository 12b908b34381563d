import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";
import { circlesOf, nativeFiles, pythonFiles, typescriptFiles } from "./helpers/source-tree.js";

/** The rooms of src/, in tiers: a room imports rooms of the tiers before its own, never a sister. */
const TIERS: readonly (readonly string[])[] = [
  ["shared"],
  ["program", "statistics", "queue"],
  ["model"],
  ["producer", "worker", "reducer", "serve"],
  ["run"],
  ["cli"],
];

/** Where each package may be imported: one place, so that it can be replaced in one place. */
const HOMES: Readonly<Record<string, RegExp>> = {
  bullmq: /^src\/queue\/redis\//,
  ioredis: /^src\/queue\/redis\//,
  "bullmq-otel": /^src\/queue\/redis\/bullmq-options\.ts$/,
  "apache-arrow": /^src\/(shared\/[a-z]+-arrow\.ts|producer\/read\/arrow\/arrow-thread\.mjs)$/,
  fzstd: /^src\/producer\/read\/arrow\/arrow-thread\.mjs$/,
  hyparquet: /^src\/producer\/read\/parquet\/(read|check)-parquet\.ts$/,
  "hyparquet-compressors": /^src\/producer\/read\/parquet\/read-parquet\.ts$/,
  "@e965/xlsx": /^src\/producer\/read\/xlsx\/[a-z-]+\.mjs$/,
  "csv-parse": /^src\/producer\/read\/csv\/csv-thread\.mjs$/,
  h5wasm: /^src\/model\/keras\/hdf5-thread\.mjs$/,
  commander: /^src\/cli\//,
  zod: /^src\//, // shapes of data from outside stand beside their types
  yauzl: /^src\/shared\/open-zip\.ts$/,
  "ml-matrix": /^src\/statistics\/finish\/active-subspace\.ts$/,
  hono: /^src\/serve\//,
  "@hono/node-server": /^src\/serve\//,
  "@bull-board/api": /^src\/serve\/board\.ts$/,
  "@bull-board/hono": /^src\/serve\/board\.ts$/,
  "prom-client": /^src\/serve\/metrics\.ts$/,
  pino: /^src\/cli\/worker-log\.ts$/,
  "@opentelemetry/exporter-trace-otlp-http": /^src\/cli\/start-tracing\.ts$/,
  "@opentelemetry/resources": /^src\/cli\/start-tracing\.ts$/,
  "@opentelemetry/sdk-trace-node": /^src\/cli\/start-tracing\.ts$/,
};

/** Packages that no source imports: the build's, and the engine's that a later release brings. */
const NOT_IMPORTED = ["node-api-headers", "@tensorflow/tfjs-node-gpu"];

/** Packages whose internals are used, which another release may change at will: their versions are exact. */
const PINNED: Readonly<Record<string, string>> = {
  "@e965/xlsx": "parse_zip, which it exports without a type: archives are opened by yauzl, within limits",
  h5wasm: "its compiled library's allocator and file system: datasets are read without a copy",
  hyparquet: "src/column.js, to check pages' headers before they are read",
};

const MOST_LINES = 300;

const sources = typescriptFiles("src");
const roomOf = (path: string): string => /^src\/([a-z]+)\//.exec(path)?.[1] ?? "the entry points";

test("each outside package is listed, has a home that exists, and is imported there alone", () => {
  const used = sources.flatMap(({ path, packages }) => packages.map((name) => ({ path, name })));
  const unlisted = used.filter(({ name }) => HOMES[name] === undefined);
  const strays = used.filter(({ path, name }) => HOMES[name]?.test(path) === false);
  const empty = Object.keys(HOMES).filter((name) => !used.some((use) => use.name === name));
  expect({ unlisted, strays, empty }).toEqual({ unlisted: [], strays: [], empty: [] });
  const { dependencies, peerDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  const declared = Object.keys({ ...dependencies, ...peerDependencies }).sort();
  expect([...Object.keys(HOMES), ...NOT_IMPORTED].sort()).toEqual(declared);
});

test("packages whose internals are used have exact versions, in package.json and in the lock file", () => {
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
  for (const name of Object.keys(PINNED)) {
    expect(dependencies[name], name).toMatch(/^\d+\.\d+\.\d+$/);
    expect(lock.packages[""].dependencies[name], name).toBe(dependencies[name]);
    expect(lock.packages[`node_modules/${name}`].version, name).toBe(dependencies[name]);
  }
  // A path into a package is one into its internals where the package's own list of exports does not name it.
  const paths = sources.flatMap(({ text }) =>
    [...text.matchAll(/from "((?:@[\w-]+\/)?[\w-]+)\/([\w./-]+)"/g)].map(([, name, path]) => ({
      name,
      path,
    })),
  );
  const inside = paths.filter(({ name, path }) => {
    const { exports } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
    return exports?.[`./${path}`] === undefined && PINNED[name!] === undefined;
  });
  expect(inside).toEqual([]);
});

test("a room imports the rooms below it, never a sister, and none forms a circle", () => {
  const tierOf = (room: string) => TIERS.findIndex((tier) => tier.includes(room));
  const homeless = sources.filter(({ path }) => /^src\/.*\//.test(path) && tierOf(roomOf(path)) < 0);
  expect(homeless.map(({ path }) => path)).toEqual([]);
  const wrong: string[] = [];
  for (const { path, files } of sources) {
    const room = roomOf(path);
    if (tierOf(room) < 0) continue; // an entry point, which may import any
    for (const file of files) {
      const other = roomOf(file);
      if (other !== room && tierOf(other) >= tierOf(room)) wrong.push(`${path} imports ${file}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(circlesOf(sources)).toEqual([]);
});

test("headers and sources of the native code form no circle", () => {
  const files = nativeFiles("native");
  expect(files.flatMap(({ files: included }) => included).length).toBeGreaterThan(files.length);
  expect(circlesOf(files, (path) => path.replace(/\.(h|cc)$/, ""))).toEqual([]);
});

test(`no file is longer than ${MOST_LINES} lines, no two have one name, no room holds a third of the code`, () => {
  const others = ["native", "test", "bench"].flatMap((folder) =>
    [typescriptFiles, nativeFiles, pythonFiles].flatMap((filesOf) => filesOf(folder)),
  );
  const all = [...sources, ...others];
  const long = all.filter(({ lines }) => lines > MOST_LINES).map(({ path, lines }) => `${path}: ${lines}`);
  expect(long).toEqual([]);
  const names = sources.map(({ path }) => basename(path));
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  const total = sources.reduce((sum, { lines }) => sum + lines, 0);
  const rooms = new Set(sources.map(({ path }) => roomOf(path)));
  for (const room of rooms) {
    const files = sources.filter(({ path }) => roomOf(path) === room);
    const share = files.reduce((sum, { lines }) => sum + lines, 0) / total;
    expect(share, `${room} holds ${Math.round(100 * share)} % of the code`).toBeLessThan(1 / 3);
  }
});

test("environment, arguments and signals are touched by the entry points alone", () => {
  const strays = sources.filter(
    ({ path, text }) => !/^src\/cli/.test(path) && /process\.(env|argv|on\(|once\()/.test(text),
  );
  expect(strays.map(({ path }) => path)).toEqual([]);
});

test("every export has a comment", () => {
  const bare: string[] = [];
  for (const { path, text } of sources) {
    const lines = text.split("\n");
    lines.forEach((line, i) => {
      if (!/^export (async )?(abstract )?(function|const|class|interface|type (?!\{))/.test(line)) return;
      if (!/\*\/$|^\/\//.test(lines[i - 1] ?? "") && !line.includes("//"))
        bare.push(`${path}:${i + 1} ${line}`);
    });
  }
  expect(bare).toEqual([]);
});
