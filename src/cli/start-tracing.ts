import { messageOf } from "../shared/errors.js";
import { VERSION } from "../shared/version.js";
import type { Context } from "./context.js";

const FLUSH_MS = 3000;

/** Ends tracing: sends what is left, for a few seconds at most. */
export type EndTracing = () => Promise<void>;

/**
 * Starts OpenTelemetry where its own variables say where spans go (OTEL_EXPORTER_OTLP_ENDPOINT and its kin); null where
 * they do not. BullMQ's spans, which jobs carry from the submission to the worker, need nothing else. The packages are
 * optional: where they are not installed, `warn` hears which.
 */
export async function startTracing(
  env: Context["env"],
  warn: (line: string) => void,
): Promise<EndTracing | null> {
  const {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: tracesEndpoint,
    OTEL_SDK_DISABLED: disabled,
    OTEL_SERVICE_NAME: service,
  } = env;
  if (!(endpoint || tracesEndpoint) || disabled === "true") return null;
  const modules = await load().catch((error: unknown) => messageOf(error));
  if (typeof modules === "string") {
    warn(
      `no traces are sent (${modules}): npm install @opentelemetry/sdk-trace-node @opentelemetry/exporter-trace-otlp-http @opentelemetry/resources`,
    );
    return null;
  }
  const [{ BatchSpanProcessor, NodeTracerProvider }, { OTLPTraceExporter }, resources] = modules;
  const own = { "service.name": service || "jac", "service.version": VERSION };
  const provider = new NodeTracerProvider({
    resource: resources
      .detectResources({ detectors: [resources.envDetector] })
      .merge(resources.resourceFromAttributes(own)),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  return async () => {
    const late = new Promise((resolve) => setTimeout(resolve, FLUSH_MS).unref());
    await Promise.race([provider.shutdown().catch(() => undefined), late]);
  };
}

function load() {
  return Promise.all([
    import("@opentelemetry/sdk-trace-node"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/resources"),
  ]);
}
