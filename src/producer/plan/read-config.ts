import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { messageOf, UserError } from "../../shared/errors.js";
import { readOption } from "../../shared/options/option-shapes.js";
import { keyOf, namesIn, type OptionsIn, optionOf } from "../../shared/options/option-values.js";

/** The file beside a series that sets options for it. */
export const CONFIG_NAME = "jac.config.json";

/**
 * The options that `jac.config.json` in a folder sets, paths made absolute; none where there is no such file. Throws a
 * UserError where it is malformed, has an unknown key or a value that an option does not take.
 */
export async function readConfig(folder: string): Promise<OptionsIn<"config">> {
  const path = join(folder, CONFIG_NAME);
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return undefined;
    throw new UserError(`${path} cannot be read: ${messageOf(cause)}`, { cause });
  });
  if (text === undefined) return {};
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new UserError(`${path} is not JSON: ${messageOf(cause)}`, { cause });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new UserError(`${path} must be an object, as in {"model": "m.h5"}`);

  const names = new Map(namesIn("config").map((name) => [keyOf(name), name]));
  const options = Object.entries(json).map(([key, given]) => {
    const name = names.get(key);
    if (name === undefined)
      throw new UserError(
        `${path}: the key "${key}" is unknown; a config may set ${[...names.keys()].join(", ")}`,
      );
    const read = readOption(name, given);
    if ("fault" in read) throw new UserError(`${path}: ${key} ${read.fault}, not ${JSON.stringify(given)}`);
    return [name, optionOf(name).kind.path ? resolve(folder, String(read.value)) : read.value];
  });
  return Object.fromEntries(options);
}
