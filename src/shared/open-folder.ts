import { UserError } from "./errors.js";
import { LocalFolder } from "./local-folder.js";
import type { RunFolder } from "./run-folder.js";

/** Opens a folder by its uri or path: a local directory (made at the first write). Throws a UserError on others. */
export function openFolder(location: string): RunFolder {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(location)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === "file") return new LocalFolder(location);
  throw new UserError(
    `output folder ${location}: ${scheme}:// is not supported; give a local directory (or a mounted one)`,
  );
}
