/**
 * Points in the commit of a chunk at which a test may end the process, as a crash there would: the only way
 * to try each step. Inert unless an entry point was told to arm one (tests do, through the environment).
 */
export type Failpoint =
  | "chunk:started"
  | "chunk:computed"
  | "commit:written"
  | "commit:linked"
  | "chunk:partial-committed"
  | "chunk:committed"
  | "reduce:started"
  | "reduce:written";

let armed: { readonly point: string; readonly chunk: number | null; left: number } | null = null;

/**
 * Arms `POINT`, `POINT@N` or `POINT#CHUNK`: the process is killed at the first passing, at the Nth, or whenever that
 * chunk passes.
 */
export function armFailpoint(setting: string): void {
  const [, point = setting, kind, number] = /^(.*?)(?:([@#])(\d+))?$/.exec(setting) ?? [];
  armed = { point, chunk: kind === "#" ? Number(number) : null, left: kind === "@" ? Number(number) : 1 };
}

/** Kills the process here if a test armed this point. */
export function failpoint(point: Failpoint, chunk?: number): void {
  if (armed === null || armed.point !== point || (armed.chunk !== null && armed.chunk !== chunk)) return;
  armed.left -= 1;
  if (armed.left <= 0) process.kill(process.pid, "SIGKILL");
}
