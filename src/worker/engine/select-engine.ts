import { messageOf, UserError } from "../../shared/errors.js";
import type { RunOptions } from "../../shared/options/option-shapes.js";
import type { Engine } from "./engine.js";
import { loadAddon, nativeEngine } from "./native.js";
import { reference } from "./reference.js";
import { wasmEngine } from "./wasm.js";

/**
 * The engine of a name; `auto` takes the fastest one that this machine has, and tells `note` where that is not native.
 * @throws UserError where the named engine cannot run here, saying why.
 */
export async function selectEngine(
  name: RunOptions["engine"],
  note: (line: string) => void = () => {},
): Promise<Engine> {
  switch (name) {
    case "reference":
      return reference;
    case "native":
    case "auto":
      try {
        return nativeEngine(loadAddon());
      } catch (error) {
        if (name === "native")
          throw new UserError(`--engine native cannot run here: ${messageOf(error)}; use auto`, {
            cause: error,
          });
        note(`the native engine is not available (${messageOf(error)}); using WebAssembly, which is slower`);
        return wasmEngine();
      }
    case "wasm":
      return wasmEngine();
  }
}
