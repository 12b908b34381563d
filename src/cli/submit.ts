import { prepareRun } from "../run/prepare-run.js";
import { UserError } from "../shared/errors.js";
import { carryOut } from "./carry-out.js";
import type { Context } from "./context.js";
import type { SubmitFlags } from "./options.js";

/** `jac submit`: computes the Jacobians of a series, or finds them computed. */
export async function submit(series: string, flags: SubmitFlags, context: Context): Promise<number> {
  if (flags.detach === true && !flags.queue)
    throw new UserError("--detach leaves the run to a queue: give one with --queue redis://HOST:PORT");
  return await carryOut((phases) => prepareRun(series, flags, flags.out, phases), flags, context);
}
