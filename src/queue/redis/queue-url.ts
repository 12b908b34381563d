import { UserError } from "../../shared/errors.js";

/** Where a queue lives, parsed from its URL. */
export interface QueueAddress {
  readonly kind: "single" | "sentinel" | "cluster";
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly master: string | null; // the sentinels' name for it
  readonly db: number;
  readonly username: string | null;
  readonly password: string | null;
  readonly tls: { readonly ca: string | null; readonly servername: string | null } | null; // ca: a file
  /** All keys begin with it; in braces, so that a cluster keeps them together. */
  readonly prefix: string;
  /** The address without its secrets, for messages. */
  readonly label: string;
}

const schemes = new Map<string, { kind: QueueAddress["kind"]; tls: boolean; port: number }>([
  ["redis", { kind: "single", tls: false, port: 6379 }],
  ["rediss", { kind: "single", tls: true, port: 6379 }],
  ["redis-sentinel", { kind: "sentinel", tls: false, port: 26379 }],
  ["rediss-sentinel", { kind: "sentinel", tls: true, port: 26379 }],
  ["redis-cluster", { kind: "cluster", tls: false, port: 6379 }],
  ["rediss-cluster", { kind: "cluster", tls: true, port: 6379 }],
]);

const settings = new Set(["prefix", "ca", "servername"]);

/**
 * Parses `redis://[user:password@]host[:port][/db][?prefix=…&ca=FILE&servername=…]`, the same with `rediss` (TLS),
 * `redis-sentinel://host:port,host:port/MASTER[/db]` and `redis-cluster://host:port,host:port`.
 * Throws a UserError that never shows the user or password.
 */
export function parseQueueUrl(url: string): QueueAddress {
  const match = /^([a-z-]+):\/\/(?:([^@/?]*)@)?([^/?]*)(\/[^?]*)?(?:\?(.*))?$/i.exec(url.trim());
  if (match === null) throw new UserError("the queue's URL is not one: give --queue redis://HOST:PORT");
  const [, name = "", login = "", authority = "", path = "", query = ""] = match;
  const scheme = schemes.get(name.toLowerCase());
  if (/^postgres(ql)?$/i.test(name)) {
    throw new UserError(
      `the queue ${name}://… is not supported: cancelling and counting crashes need Redis; give --queue redis://HOST:PORT`,
    );
  }
  if (scheme === undefined) {
    throw new UserError(
      `the queue's URL begins with ${name}://, which is none of ${[...schemes.keys()].map((key) => `${key}://`).join(", ")}`,
    );
  }
  const label = `${name}://${authority}${path}`;
  const hosts = authority.split(",").map((host) => parseHost(host, scheme.port, label));
  const parts = path.split("/").filter(Boolean);
  const master = scheme.kind === "sentinel" ? (parts.shift() ?? null) : null;
  if (scheme.kind === "sentinel" && master === null) {
    throw new UserError(`the queue ${label} names no master: ${name}://HOST:PORT,HOST:PORT/MASTER`);
  }
  const db = Number(parts[0] ?? 0);
  if (!Number.isInteger(db) || db < 0 || parts.length > 1 || (scheme.kind === "cluster" && db > 0)) {
    throw new UserError(`the queue ${label}: /${parts.join("/")} is no database number`);
  }
  const parameters = new URLSearchParams(query);
  for (const key of parameters.keys()) {
    if (!settings.has(key)) {
      throw new UserError(
        `the queue ${label} has a setting ${key}, which is none of ${[...settings].join(", ")}`,
      );
    }
  }
  const colon = login.indexOf(":");
  const username = decode(colon < 0 ? login : login.slice(0, colon));
  const password = decode(colon < 0 ? "" : login.slice(colon + 1));
  const prefix = parameters.get("prefix") ?? "jac";
  if (!/^[\w.-]+$/.test(prefix)) {
    throw new UserError(
      `the queue's prefix ${JSON.stringify(prefix)} may hold letters, digits, . _ and - only`,
    );
  }
  return {
    kind: scheme.kind,
    hosts,
    master,
    db,
    username: username || null,
    password: password || null,
    tls: scheme.tls ? { ca: parameters.get("ca"), servername: parameters.get("servername") } : null,
    prefix: `{${prefix}}`,
    label,
  };
}

function parseHost(text: string, port: number, label: string): { host: string; port: number } {
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d+))?$/i.exec(text);
  const number = Number(match?.[2] ?? port);
  if (match === null || number < 1 || number > 65535) {
    throw new UserError(`the queue ${label}: ${JSON.stringify(text)} is not HOST or HOST:PORT`);
  }
  return { host: (match[1] ?? "").replace(/^\[|\]$/g, ""), port: number };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a password with a bare %
  }
}
