import { prepareKnown } from "../run/prepare-run.js";
import { carryOut } from "./carry-out.js";
import type { Context } from "./context.js";
import { findRun } from "./find-run.js";
import type { RunFlags } from "./options.js";

/** `jac resume`: computes what a run still lacks, from its folder alone. */
export async function resume(name: string, flags: RunFlags, context: Context): Promise<number> {
  const prepare = async () => {
    const { folder, manifest } = await findRun(name, flags.out);
    return await prepareKnown(folder, manifest);
  };
  return await carryOut(prepare, flags, context);
}
