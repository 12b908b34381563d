import { readFile, stat } from "node:fs/promises";
import { messageOf, UserError } from "../../shared/errors.js";

/**
 * Reads a file that the user names; `what` says what it should be. Throws a UserError where it cannot be read, or is
 * no file: a device or a pipe might never end.
 */
export async function readInput(path: string, what: string): Promise<Buffer> {
  try {
    const found = await stat(path);
    if (found.isFile()) return await readFile(path);
    throw new Error(found.isDirectory() ? "it is a folder" : "it is a device or a pipe, not a file");
  } catch (cause) {
    const absent = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const why = absent ? "there is no such file" : messageOf(cause);
    throw new UserError(`the ${what} ${path} cannot be read: ${why}`, { cause });
  }
}
