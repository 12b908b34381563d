import { partialName } from "../shared/committed-chunks.js";
import { messageOf } from "../shared/errors.js";
import { missingResults } from "../shared/is-whole.js";
import type { Manifest } from "../shared/manifest.js";
import type { RunFolder } from "../shared/run-folder.js";
import { sha256, storedFiles } from "../shared/run-spec.js";
import { type Context, EXIT, print } from "./context.js";
import { findRun } from "./find-run.js";
import type { PlaceOptions } from "./options.js";

/** `jac verify`: checks a run's files against the digests in its manifest. */
export async function verify(name: string, flags: PlaceOptions, context: Context): Promise<number> {
  const { folder, manifest } = await findRun(name, flags.out);
  const faults = await faultsOf(folder, manifest);
  for (const [file, fault] of faults) print(context.stderr, `jac: ${file} ${fault}`);
  const files = manifest.table.length + storedFiles(manifest).length;
  print(
    context.stdout,
    faults.size === 0
      ? `run ${manifest.run}: ${files} files are what the manifest says (${manifest.status})`
      : `run ${manifest.run}: ${faults.size} files are not what they should be; delete those that are there, and jac resume computes them anew`,
  );
  return faults.size === 0 && manifest.status === "done" ? EXIT.done : EXIT.failed;
}

/** What is wrong, by file. */
async function faultsOf(folder: RunFolder, manifest: Manifest): Promise<Map<string, string>> {
  const faults = new Map<string, string>();
  const expected = [
    ...storedFiles(manifest),
    ...manifest.table.map(({ part, sha256: digest, bytes }) => ({ name: part, sha256: digest, bytes })),
  ];
  for (const { name, sha256: digest, bytes } of expected) {
    const found = await folder.read(name).catch((error: NodeJS.ErrnoException) => error);
    if (found instanceof Error)
      faults.set(name, found.code === "ENOENT" ? "is missing" : `cannot be read: ${messageOf(found)}`);
    else if (found.length !== bytes) faults.set(name, `has ${found.length} bytes, not ${bytes}`);
    else if (sha256(found) !== digest) faults.set(name, "has other bytes than were written");
  }
  const partials = await folder.list("partials/").catch((error: NodeJS.ErrnoException) => error);
  if (partials instanceof Error) faults.set("partials/", `cannot be read: ${messageOf(partials)}`);
  else {
    const there = new Set(partials.map(({ name }) => name));
    for (const { index, part, sha256: digest } of manifest.table)
      if (!there.has(partialName(index, digest)) && !faults.has(part))
        faults.set(part, "has no statistics beside it");
  }
  const ended = manifest.status === "done" || manifest.status === "partial";
  for (const name of ended ? await missingResults(folder) : []) faults.set(name, "is missing");
  return faults;
}
