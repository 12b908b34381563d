import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, it } from "vitest";
import { temporaryFolder } from "../helpers/folders.js";
import { jac } from "../helpers/jac.js";
import { SEED_LSTM } from "../helpers/places.js";
import { forgetQueues, freshQueueUrl } from "../helpers/redis.js";

interface Span {
  readonly name: string;
  readonly traceId: string;
}
interface Export {
  readonly resourceSpans: {
    readonly resource: { readonly attributes: { key: string; value: { stringValue?: string } }[] };
    readonly scopeSpans: { readonly spans: Span[] }[];
  }[];
}

afterAll(forgetQueues);

it("a run on a queue is one trace, from its submission to its reduce step, where OpenTelemetry is configured", async () => {
  const exports: Export[] = [];
  const collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      exports.push(JSON.parse(Buffer.concat(chunks).toString("utf8")));
      response.setHeader("content-type", "application/json").end("{}");
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const folder = temporaryFolder();
  try {
    const model = ["--model", SEED_LSTM.model, "--chunk", "10", "--workers", "1"];
    const place = ["--queue", freshQueueUrl(), "--out", folder.path];
    const { code, stderr } = await jac(["submit", SEED_LSTM.series, ...model, ...place], {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
      OTEL_SERVICE_NAME: "sensitivities",
    });
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("traces")]);
    const spans = exports.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
    );
    const processed = spans.filter(({ name }) => name.startsWith("process"));
    expect(processed.length).toBe(4); // three chunks and the reduce step
    const [added] = spans.filter(({ name }) => /flow/i.test(name));
    expect(new Set(processed.map(({ traceId }) => traceId))).toEqual(new Set([added?.traceId]));
    const names = exports.flatMap(({ resourceSpans }) =>
      resourceSpans.map(({ resource }) => resource.attributes.find(({ key }) => key === "service.name")),
    );
    expect(new Set(names.map((attribute) => attribute?.value.stringValue))).toEqual(
      new Set(["sensitivities"]),
    );
  } finally {
    collector.close();
    folder.remove();
  }
});
