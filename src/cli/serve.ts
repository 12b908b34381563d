import { randomBytes } from "node:crypto";
import { QueueMonitor } from "../queue/redis/queue-monitor.js";
import { serveQueue } from "../serve/serve-queue.js";
import { UserError } from "../shared/errors.js";
import { type Context, EXIT, print, untilInterrupted } from "./context.js";
import type { ServeFlags } from "./options.js";

/** `jac serve`: a page of a queue's runs, its jobs, and metrics, until stopped. */
export async function serve(flags: ServeFlags, context: Context): Promise<number> {
  if (!flags.queue) {
    throw new UserError(
      "what runs are served lies on a queue: give --queue redis://HOST:PORT, or set JAC_QUEUE_URL",
    );
  }
  const { JAC_TOKEN: given } = context.env;
  const token = given || randomBytes(18).toString("base64url");
  const monitor = await QueueMonitor.open(flags.queue, (line) => print(context.stderr, `jac: ${line}`));
  try {
    const { host, port, manage = false } = flags;
    const serving = await serveQueue(monitor, { host, port, token, manage });
    const shown = host.includes(":") ? `[${host}]` : host;
    const key = given ? "; the token is $JAC_TOKEN" : `?token=${token}`;
    print(context.stderr, `jac: serving ${monitor.label} at http://${shown}:${serving.port}/${key}`);
    await untilInterrupted(context);
    await serving.close();
  } finally {
    await monitor.close();
  }
  return EXIT.done;
}
