import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, link, mkdir, open, readdir, readFile, rename, stat, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { failpoint } from "./failpoint.js";
import type { RunFolder, StoredFile } from "./run-folder.js";

const unfinished = /\.[0-9a-f]{12}\.tmp$/;

/** File systems without hard links answer with one of these. */
const withoutLinks = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/** A run's folder on a file system, local or shared by all workers. */
export class LocalFolder implements RunFolder {
  readonly location: string;
  readonly uri: string;

  constructor(location: string) {
    this.location = location.startsWith("file://") ? fileURLToPath(location) : resolve(location);
    this.uri = pathToFileURL(this.location).href;
  }

  async read(name: string): Promise<Uint8Array> {
    return await readFile(this.#path(name));
  }

  async exists(name: string): Promise<boolean> {
    return await access(this.#path(name), constants.F_OK).then(
      () => true,
      (error: unknown) => {
        if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return false;
        throw error;
      },
    );
  }

  async list(prefix: string): Promise<StoredFile[]> {
    const directory = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    const names = await readdir(this.#path(directory)).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT") return [] as string[];
      throw error;
    });
    const wanted = names.map((name) => directory + name).filter((name) => name.startsWith(prefix));
    const files: StoredFile[] = [];
    for (const name of wanted.sort()) {
      if (unfinished.test(name)) continue;
      const found = await stat(this.#path(name)).catch((error: unknown) => {
        if (codeOf(error) !== "ENOENT") throw error;
        return null; // removed since the listing
      });
      if (found?.isFile()) files.push({ name, bytes: found.size });
    }
    return files;
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const path = this.#path(name);
    const attempt = await this.#writeAside(path, bytes);
    await rename(attempt, path).catch(async (error: unknown) => {
      await discard(attempt);
      throw error;
    });
    await syncDirectory(dirname(path));
  }

  async commit(name: string, bytes: Uint8Array): Promise<"committed" | "present"> {
    if (await this.exists(name)) return "present";
    const path = this.#path(name);
    const attempt = await this.#writeAside(path, bytes);
    failpoint("commit:written");
    try {
      await link(attempt, path); // fails where the name is taken: never clobbers
      failpoint("commit:linked");
    } catch (error) {
      if (codeOf(error) === "EEXIST") return "present";
      if (!withoutLinks.has(codeOf(error) ?? "")) throw error;
      await rename(attempt, path); // still one step; of two attempts the later is kept
    } finally {
      await discard(attempt);
    }
    await syncDirectory(dirname(path));
    return "committed";
  }

  async remove(name: string): Promise<void> {
    await discard(this.#path(name));
  }

  async sweep(): Promise<void> {
    const entries = await readdir(this.location, { recursive: true }).catch(() => [] as string[]);
    for (const name of entries) if (unfinished.test(name)) await discard(join(this.location, name));
  }

  /** Writes the bytes under a name of its own beside the path, safe on the disk. */
  async #writeAside(path: string, bytes: Uint8Array): Promise<string> {
    const attempt = `${path}.${randomBytes(6).toString("hex")}.tmp`;
    const file = await open(attempt, "wx").catch(async (error: unknown) => {
      if (codeOf(error) !== "ENOENT") throw error;
      await makeDirectory(dirname(path));
      return await open(attempt, "wx");
    });
    try {
      await file.writeFile(bytes);
      await file.sync();
    } catch (error) {
      await discard(attempt);
      throw error;
    } finally {
      await file.close();
    }
    return attempt;
  }

  #path(name: string): string {
    if (name.split("/").includes("..")) throw new Error(`the name ${name} leaves the run's folder`);
    return join(this.location, name);
  }
}

/** With those above it. Node's own way (recursive) never ends where a file system will not make one, as /proc. */
async function makeDirectory(path: string): Promise<void> {
  const make = () =>
    mkdir(path).catch((error: unknown) => {
      if (codeOf(error) !== "EEXIST") throw error;
    });
  await make().catch(async (error: unknown) => {
    if (codeOf(error) !== "ENOENT" || dirname(path) === path) throw error;
    await makeDirectory(dirname(path));
    await make();
  });
}

/** Makes a new name in the directory survive a loss of power; where directories cannot be synced, nothing is lost but that. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r").catch(() => null);
  if (handle === null) return;
  try {
    await handle.sync().catch(() => undefined);
  } finally {
    await handle.close();
  }
}

async function discard(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (codeOf(error) !== "ENOENT") throw error;
  });
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}
