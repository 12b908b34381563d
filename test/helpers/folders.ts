import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach } from "vitest";

export interface TemporaryFolder {
  readonly path: string;
  /** Takes it away, with all that is in it. */
  remove(): void;
}

/** A new folder, under the system's temporary one unless told. */
export function temporaryFolder(parent = tmpdir()): TemporaryFolder {
  const path = mkdtempSync(join(parent, "jac-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A folder for each test of a file or block, new before it and removed after it. */
export function folderPerTest(): { readonly path: string } {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());
  return {
    get path() {
      return folder.path;
    },
  };
}

/** One folder for the tests of a file or block, removed when they have run. */
export function folderPerFile(): { readonly path: string } {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());
  return folder;
}

/** Writes files into a folder of the test file's own; what comes back is the file's path. */
export function scratchFolder(): (name: string, content: string | Uint8Array) => string {
  const { path: folder } = folderPerFile();
  return (name, content) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
}
