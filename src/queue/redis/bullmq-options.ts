import type { QueueOptions } from "bullmq";
import { BullMQOtel } from "bullmq-otel";
import { VERSION } from "../../shared/version.js";
import type { RedisLink } from "./connect-redis.js";

/**
 * What all of BullMQ's classes take. Its spans go where an OpenTelemetry SDK is registered in the process, and nowhere
 * at no cost where none is.
 */
export function bullmqOptions({ client, address }: RedisLink): QueueOptions & { skipVersionCheck: true } {
  return {
    connection: client,
    prefix: address.prefix,
    skipVersionCheck: true, // the probe has looked
    telemetry: new BullMQOtel({ tracerName: "jac", version: VERSION }),
  };
}
