import { Hono } from "hono";

/** What the probes of a process tell. */
export interface Health {
  /** Why the process should be started anew; null: it is well. */
  readonly ill: () => string | null;
  /** Why it should be sent nothing now; null: it is ready. */
  readonly unready: () => string | null;
}

/** `/healthz` and `/readyz`: 200 and "ok", or 503 and the reason. They say nothing that needs a token. */
export function probes({ ill, unready }: Health): Hono {
  const app = new Hono();
  for (const [path, reason] of [
    ["/healthz", ill],
    ["/readyz", () => ill() ?? unready()],
  ] as const) {
    app.get(path, (context) => {
      const wrong = reason();
      return context.text(`${wrong ?? "ok"}\n`, wrong === null ? 200 : 503);
    });
  }
  return app;
}
