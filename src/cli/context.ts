/** What a command may touch of the world outside: handed in by the entry points, so that nothing else reaches for it. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  /** Aborted by the first Ctrl-C or SIGTERM; a second one ends the process. */
  readonly interrupted: AbortSignal;
}

/** The exit codes of the contract. */
export const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3, interrupted: 130 } as const;

/** Resolves when the process is told to stop. */
export async function untilInterrupted({ interrupted }: Context): Promise<void> {
  if (interrupted.aborted) return;
  await new Promise<void>((resolve) =>
    interrupted.addEventListener("abort", () => resolve(), { once: true }),
  );
}

/** Writes a line to a stream. */
export function print(stream: NodeJS.WritableStream, line: string): void {
  stream.write(`${line}\n`);
}
