import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { HonoAdapter } from "@bull-board/hono";
import { serveStatic } from "@hono/node-server/serve-static";
import type { Hono } from "hono";
import type { QueueMonitor } from "../queue/redis/queue-monitor.js";

/** bull-board over the queue's jobs, to be mounted at `path`; without `manage` it only looks. */
export function jobBoard(monitor: QueueMonitor, path: string, manage: boolean): Hono {
  const adapter = new HonoAdapter(serveStatic);
  adapter.setBasePath(path);
  createBullBoard({
    queues: monitor.boards.map((queue) => new BullMQAdapter(queue, { readOnlyMode: !manage })),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: "jac jobs" } },
  });
  return adapter.registerPlugin();
}
