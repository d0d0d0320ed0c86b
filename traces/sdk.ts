import { setTimeout as sleep } from 'node:timers/promises';
import { context, ProxyTracerProvider, propagation, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { StartedTraces } from './traces.js';

/** How long the last spans of a process may take to be sent. */
const stopMs = 2_000;

/** A process has one, however many clients and workers are in it. */
let shared: { readonly traces: StartedTraces; users: number } | undefined;

/** OpenTelemetry's SDK, sending spans over HTTP. What else it can be told it reads from `OTEL_*` itself. */
export function startSdk(url: string, service: string): StartedTraces {
  shared ??= { traces: makeSdk(url, service), users: 0 };
  const mine = shared;
  mine.users += 1;
  return {
    ...mine.traces,
    async stop() {
      mine.users -= 1;
      if (mine.users > 0) return;
      if (shared === mine) shared = undefined;
      await mine.traces.stop();
    },
  };
}

function makeSdk(url: string, service: string): StartedTraces {
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': service }))
    .merge(detectResources({ detectors: [envDetector] }));
  const spanProcessor = new BatchSpanProcessor(new OTLPTraceExporter({ url }));
  const provider = new NodeTracerProvider({ resource, spanProcessors: [spanProcessor] });
  const ours = !isSetUp();
  if (ours) provider.register();
  return {
    spanProcessor,
    resource,
    async stop() {
      // A collector that is away must not hold up, or make fail, the work that was traced.
      await Promise.race([provider.shutdown().catch(() => {}), sleep(stopMs, undefined, { ref: false })]);
      if (ours) for (const part of [trace, context, propagation]) part.disable();
    },
  };
}

/** Whether the process has a provider of its own: spans of clients, activities and statements are for that one. */
function isSetUp(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer('tenantry') !== undefined;
}
