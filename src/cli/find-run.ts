import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../shared/errors.js";
import { MANIFEST, type Manifest, readManifest } from "../shared/manifest.js";
import { openFolder } from "../shared/open-folder.js";
import type { RunFolder } from "../shared/run-folder.js";

/** A run that a command names: its folder and its record. */
export interface FoundRun {
  readonly folder: RunFolder;
  readonly manifest: Manifest;
}

/** The run of an id (or the beginning of one) in the runs' folder, or of a path to its folder. Throws a UserError where there is none. */
export async function findRun(name: string, out: string): Promise<FoundRun> {
  const location = existsSync(join(name, MANIFEST)) ? name : join(out, await fullName(name, out));
  const folder = openFolder(location);
  const manifest = await readManifest(folder);
  if (manifest !== null) return { folder, manifest };
  throw new UserError(
    `there is no run ${name} in ${out}; jac list shows those there are (--out for another folder)`,
  );
}

async function fullName(name: string, out: string): Promise<string> {
  const names = (await entriesOf(out)).filter((entry) => entry.startsWith(name));
  if (names.length <= 1 || names.includes(name)) return names.includes(name) ? name : (names[0] ?? name);
  throw new UserError(
    `${names.length} runs in ${out} begin with ${name}: ${names.slice(0, 5).join(", ")}; give more of the id`,
  );
}

async function entriesOf(out: string): Promise<string[]> {
  return await readdir(out).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return [];
    throw new UserError(`the folder ${out} cannot be read: ${messageOf(cause)}`, { cause });
  });
}
