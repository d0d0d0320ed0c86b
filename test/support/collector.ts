import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

/** A span as a collector is sent it. */
export interface CollectedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty where a trace begins. */
  readonly parentSpanId: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface Collector {
  /** What `OTEL_EXPORTER_OTLP_ENDPOINT` is to name. */
  readonly url: string;
  /** All that has come. */
  readonly spans: CollectedSpan[];
  /** The same, word for word. */
  readonly bodies: string[];
  close(): Promise<void>;
}

const value = z.record(z.string(), z.unknown()).transform((of) => Object.values(of)[0]);
const attributes = z
  .array(z.object({ key: z.string(), value }))
  .default([])
  .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, value])));
const nanoseconds = z.coerce.bigint();
/** https://opentelemetry.io/docs/specs/otlp/#otlphttp */
const message = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              name: z.string(),
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().default(''),
              startTimeUnixNano: nanoseconds,
              endTimeUnixNano: nanoseconds,
              status: z.object({ code: z.number().optional() }),
              attributes,
            }),
          ),
        }),
      ),
    }),
  ),
});

/** A collector of traces, as OTLP over HTTP has it. */
export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const bodies: string[] = [];
  const server = createServer(async (request, reply) => {
    const body = await json(request);
    bodies.push(JSON.stringify(body));
    for (const { resource, scopeSpans } of message.parse(body).resourceSpans)
      for (const {
        startTimeUnixNano: startNs,
        endTimeUnixNano: endNs,
        status,
        ...span
      } of scopeSpans.flatMap((scope) => scope.spans))
        spans.push({
          ...span,
          service: String(resource.attributes['service.name']),
          startNs,
          endNs,
          failed: status.code === 2,
        });
    reply.setHeader('content-type', 'application/json').end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    bodies,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
