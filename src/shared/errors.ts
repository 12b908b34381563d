import { printable } from "./printable.js";

/**
 * A mistake of the user's that no retry mends: bad usage or bad input. One line that says what is wrong,
 * with the value, where it stands (sheet, cell, layer) and what to do. The command ends with `exitCode`.
 */
export class UserError extends Error {
  override readonly name: string = "UserError";
  readonly exitCode: number = 2;

  constructor(message: string, options?: ErrorOptions) {
    super(readable(message), options);
  }
}

/** Names in a file may be of any length and hold anything; the end of the message, which says what to do, stays. */
function readable(message: string): string {
  const line = printable(message.replace(/\s+/g, " "));
  return line.length <= 2000 ? line : `${line.slice(0, 1500)} … ${line.slice(-400)}`;
}

/** The queue (or another service the command was pointed at) cannot be reached: exit code 3. */
export class UnreachableError extends UserError {
  override readonly name = "UnreachableError";
  override readonly exitCode = 3;
}

/** A failure that trying again cannot mend (a damaged input of a run, say): reported once, never retried. */
export class PermanentError extends Error {
  override readonly name = "PermanentError";
}

/** Whether trying again is pointless. */
export function isPermanent(error: unknown): boolean {
  return error instanceof UserError || error instanceof PermanentError;
}

/** The stack of anything thrown and those of its causes, to the root, for a person who looks for a fault. */
export function stackOf(error: unknown): string {
  const stacks: string[] = [];
  const seen = new Set<unknown>();
  for (
    let at: unknown = error;
    at !== undefined && !seen.has(at);
    at = at instanceof Error ? at.cause : undefined
  ) {
    seen.add(at);
    const text = at instanceof Error ? (at.stack ?? `${at.name}: ${at.message}`) : String(at);
    stacks.push(text.split("\n").map(printable).join("\n"));
  }
  return stacks.join("\ncaused by: ");
}

/** The message of anything thrown, on one line that a terminal may show. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return printable(text.replace(/\s+/g, " ").trim());
}
