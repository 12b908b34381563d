import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** A file of the source tree and what it names in its imports. */
export interface SourceFile {
  readonly path: string; // from the project's root: src/shared/plan.ts
  readonly lines: number;
  readonly text: string;
  /** Files of ours that it imports, types included, loaded lazily or not. */
  readonly files: readonly string[];
  /** Packages that it imports, by their names alone: `@scope/name`. */
  readonly packages: readonly string[];
}

const IMPORT = /(?:^|[\s;}])(?:from\s*|import\s*\(?\s*)"([^"\s|]+)"/gm;
const INCLUDE = /^#include "([^"]+)"/gm;

/** The TypeScript and JavaScript below a folder, with their imports. */
export function typescriptFiles(folder: string): SourceFile[] {
  return filesBelow(folder, /\.m?[tj]s$/).map((path) => {
    const text = readFileSync(path, "utf8");
    const names = [...text.matchAll(IMPORT)].map(([, name]) => name!);
    const ours = names.filter((name) => name.startsWith("."));
    const outside = names.filter((name) => !name.startsWith(".") && !name.startsWith("node:"));
    return {
      path,
      lines: linesOf(text),
      text,
      files: ours.map((name) => sourceOf(normalize(join(dirname(path), name)))),
      packages: outside.map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)![0]),
    };
  });
}

/** The C++ below a folder, with its includes. */
export function nativeFiles(folder: string): SourceFile[] {
  return filesBelow(folder, /\.(h|cc)$/).map((path) => {
    const text = readFileSync(path, "utf8");
    const files = [...text.matchAll(INCLUDE)]
      .map(([, name]) => normalize(join(dirname(path), name!)))
      .filter((file) => existsSync(file));
    return { path, lines: linesOf(text), text, files, packages: [] };
  });
}

/** The Python below a folder; what it imports is not looked at. */
export function pythonFiles(folder: string): SourceFile[] {
  return filesBelow(folder, /\.py$/).map((path) => {
    const text = readFileSync(path, "utf8");
    return { path, lines: linesOf(text), text, files: [], packages: [] };
  });
}

/** The circles among files, each as the way round it; `joined`: files that count as one (a header and its source). */
export function circlesOf(
  files: readonly SourceFile[],
  joined: (path: string) => string = (path) => path,
): string[] {
  const edges = new Map<string, Set<string>>();
  for (const { path, files: imported } of files) {
    const from = joined(path);
    const to = edges.get(from) ?? new Set<string>();
    edges.set(from, to);
    for (const file of imported) if (joined(file) !== from) to.add(joined(file));
  }
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    const at = way.indexOf(file);
    if (at >= 0) {
      circles.push([...way.slice(at), file].join(" → "));
      return;
    }
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...way, file]);
    done.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  return circles;
}

function filesBelow(folder: string, kind: RegExp): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => kind.test(file))
    .map((file) => join(folder, file))
    .sort();
}

const linesOf = (text: string): number => text.split("\n").length - 1;

/** The source of what an import names: `./plan.js` is plan.ts. */
function sourceOf(path: string): string {
  const typescript = path.replace(/\.js$/, ".ts");
  return existsSync(typescript) ? typescript : path;
}
