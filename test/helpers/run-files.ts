import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The digests of all that must be the same bytes however a run came about. */
export function digests(dir: string): Record<string, string> {
  const names = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((name) =>
    /^(jacobians|partials)\/|^(summary|timeline)\.|^report\.html$/.test(name),
  );
  return Object.fromEntries(
    names.sort().map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(dir, name)))
        .digest("hex"),
    ]),
  );
}

/** The numbers of the parts in a run's folder. */
export function partsOf(dir: string): number[] {
  const folder = join(dir, "jacobians");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names
    .flatMap((name) => /^part-(\d+)\.arrow$/.exec(name)?.slice(1).map(Number) ?? [])
    .sort((a, b) => a - b);
}

/** The part of a chunk in a run's folder. */
export function partPath(dir: string, chunk: number): string {
  return join(dir, "jacobians", `part-${String(chunk).padStart(5, "0")}.arrow`);
}
