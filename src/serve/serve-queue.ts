import { randomBytes } from "node:crypto";
import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { QueueMonitor } from "../queue/redis/queue-monitor.js";
import { messageOf } from "../shared/errors.js";
import { requireToken } from "./access.js";
import { jobBoard } from "./board.js";
import { ViewCollector } from "./collect-view.js";
import { type Listening, listen } from "./listen.js";
import { QueueMetrics } from "./metrics.js";
import { probes } from "./probes.js";
import { renderMain, renderPage } from "./render-page.js";
import { QueueWatch } from "./watch-queue.js";

/** What is served, where, and to whom. */
export interface ServeOptions {
  readonly host: string;
  readonly port: number; // 0: any free one
  readonly token: string;
  /** Whether the board may retry and remove jobs. */
  readonly manage: boolean;
}

/**
 * Serves a page of the queue's runs, its jobs (`/board/`), `/metrics`, `/healthz` and `/readyz`. The queue is looked at
 * once a second, however many look at the page; while it is away the page says so and shows how it last stood.
 */
export async function serveQueue(monitor: QueueMonitor, options: ServeOptions): Promise<Listening> {
  const collector = new ViewCollector(monitor);
  const metrics = new QueueMetrics(monitor);
  const watch = await QueueWatch.start(collector);
  const app = new Hono({ strict: false }); // /board and /board/ are one
  const ill = (): string | null => (watch.isStuck ? "it no longer looks at the queue" : null);
  app.route("/", probes({ ill, unready: () => watch.problem }));
  app.use(requireToken(options.token));
  app.use(secureHeaders({ strictTransportSecurity: false })); // for the proxy to say, where there is TLS
  app.get("/", (context) => {
    const nonce = randomBytes(12).toString("base64");
    context.header(
      "Content-Security-Policy",
      `default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'; connect-src 'self'; frame-ancestors 'none'`,
    );
    return context.html(renderPage(watch.view, watch.problem, nonce));
  });
  app.get("/main", (context) => context.html(renderMain(watch.view, watch.problem).text));
  app.get("/api/queue", (context) => context.json({ view: watch.view, problem: watch.problem }));
  app.get("/runs/:run/report", async (context) => {
    const folder = await collector.folderOf(context.req.param("run"));
    const report = await folder?.read("report.html").catch(() => null);
    if (!report) return context.text("this run has no report that can be seen from here\n", 404);
    context.header("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'");
    return context.html(Buffer.from(report).toString("utf8"));
  });
  app.get("/metrics", async (context) => {
    const text = await metrics.collect(watch.view);
    context.header("Content-Type", metrics.contentType);
    return context.body(text);
  });
  app.route("/board", jobBoard(monitor, "/board", options.manage));
  app.onError((error, context) => context.text(`${messageOf(error)}\n`, 503));

  const listening = await listen(app, options.host, options.port).catch(async (error: unknown) => {
    await watch.close();
    throw error;
  });
  return {
    port: listening.port,
    close: async () => {
      await Promise.all([listening.close(), watch.close()]);
    },
  };
}
