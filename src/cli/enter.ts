import { EXIT, print } from "./context.js";
import { main } from "./main.js";
import { startTracing } from "./start-tracing.js";

/** The two commands' common way in: gives `main` the process's surroundings and ends the process with its code. */
export async function enter(host: NodeJS.Process, argv: readonly string[]): Promise<void> {
  const interrupt = new AbortController();
  const onSignal = (): void => {
    if (interrupt.signal.aborted) host.exit(EXIT.interrupted);
    interrupt.abort();
  };
  host.on("SIGINT", onSignal);
  host.on("SIGTERM", onSignal);
  host.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") host.exit(EXIT.done); // the reader had enough: jac list | head
  });
  // The arguments may hold the password of a queue, which other users could read in the list of processes.
  if (argv.some((argument) => /:\/\/[^/]*@/.test(argument))) host.title = `jac ${argv[0] ?? ""}`;
  const { JAC_TEST_FAILPOINT: failpoint } = host.env;
  if (failpoint !== undefined) (await import("../shared/failpoint.js")).armFailpoint(failpoint);
  const context = { env: host.env, stdout: host.stdout, stderr: host.stderr, interrupted: interrupt.signal };
  const endTracing = await startTracing(host.env, (line) => print(host.stderr, `jac: ${line}`));
  const code = await main(argv, context);
  await endTracing?.();
  await Promise.all([flush(host.stdout), flush(host.stderr)]);
  host.exit(code); // libraries may keep timers and sockets; everything of ours is closed
}

function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}
