import { readFileSync } from "node:fs";
import { join } from "node:path";
import { strToU8, unzipSync, type Zippable, zipSync } from "fflate";
import { FIXTURES } from "./places.js";

/** The bytes of a recorded file. */
export const bytesOf = (path: string): Uint8Array => readFileSync(join(FIXTURES, path));

/** A .keras file with every `from` in its configuration's text replaced, and some parts replaced. */
export function changed(path: string, from: string | RegExp, to: string, parts: Zippable = {}): Uint8Array {
  const files = unzipSync(bytesOf(path));
  const config = new TextDecoder().decode(files["config.json"]);
  return zipSync({ ...files, "config.json": strToU8(config.replaceAll(from, to)), ...parts });
}

/** A .keras file of the given configuration, with the weights of another. */
export function made(config: unknown, keras = "3.15.1"): Uint8Array {
  const { "model.weights.h5": weights } = unzipSync(bytesOf("oracle/keras3/seed-dense/keras3.keras"));
  return zipSync({
    "config.json": strToU8(JSON.stringify(config)),
    "metadata.json": strToU8(JSON.stringify({ keras_version: keras })),
    "model.weights.h5": weights!,
  });
}
