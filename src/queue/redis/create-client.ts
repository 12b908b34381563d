import { readFileSync } from "node:fs";
import { Cluster, Redis, type RedisOptions } from "ioredis";
import { messageOf, UserError } from "../../shared/errors.js";
import type { QueueAddress } from "./queue-url.js";

/** A client of the server, or of the cluster. */
export type RedisClient = Redis | Cluster;

/** A client for an address; `options` say how it connects and for how long it tries. */
export function createClient(
  address: QueueAddress,
  options: RedisOptions & { retryStrategy: (times: number) => number | null },
): RedisClient {
  const secret = {
    ...(address.username === null ? {} : { username: address.username }),
    ...(address.password === null ? {} : { password: address.password }),
  };
  const tls = address.tls === null ? {} : { tls: tlsOptions(address.tls, address.label) };
  const [first = { host: "127.0.0.1", port: 6379 }] = address.hosts;
  switch (address.kind) {
    case "single":
      return new Redis({ ...options, ...secret, ...tls, ...first, db: address.db });
    case "sentinel":
      return new Redis({
        ...options,
        ...secret,
        ...tls,
        sentinels: [...address.hosts],
        ...(address.tls === null
          ? {}
          : { enableTLSForSentinelMode: true, sentinelTLS: tlsOptions(address.tls, address.label) }),
        sentinelRetryStrategy: options.retryStrategy,
        name: address.master ?? "mymaster",
        db: address.db,
      });
    case "cluster": {
      const { retryStrategy, lazyConnect, ...each } = options;
      return new Cluster([...address.hosts], {
        redisOptions: { ...each, ...secret, ...tls },
        lazyConnect: lazyConnect ?? false,
        clusterRetryStrategy: retryStrategy,
        ...(address.tls === null ? {} : { dnsLookup: (name, done) => done(null, name) }), // certificates name hosts
      });
    }
  }
}

function tlsOptions(
  tls: NonNullable<QueueAddress["tls"]>,
  label: string,
): { ca?: string; servername?: string } {
  try {
    return {
      ...(tls.ca === null ? {} : { ca: readFileSync(tls.ca, "utf8") }),
      ...(tls.servername === null ? {} : { servername: tls.servername }),
    };
  } catch (cause) {
    throw new UserError(`the queue ${label}: the certificate ${tls.ca} cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  }
}
