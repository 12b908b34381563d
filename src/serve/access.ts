import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";

const COOKIE = "jac-token";

/**
 * Admits who knows the token: by `Authorization: Bearer`, or by `?token=` once, which leaves a cookie and takes the
 * token out of the address. The cookie goes with no request that another site makes.
 */
export function requireToken(token: string): MiddlewareHandler {
  return async (context, next) => {
    const bearer = /^Bearer (.+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    if (matches(bearer, token) || matches(getCookie(context, COOKIE), token)) return await next();
    const url = new URL(context.req.url);
    if (context.req.method === "GET" && matches(url.searchParams.get("token") ?? undefined, token)) {
      url.searchParams.delete("token");
      setCookie(context, COOKIE, token, { httpOnly: true, sameSite: "Strict", path: "/" });
      return context.redirect(`${url.pathname}${url.search}`);
    }
    context.header("WWW-Authenticate", "Bearer");
    return context.text(
      "Open this page with ?token=… as jac serve printed it, or send Authorization: Bearer …\n",
      401,
    );
  };
}

/** Compares in a time that tells nothing of where they differ. */
function matches(given: string | undefined, token: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}
