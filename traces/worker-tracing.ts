import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
  type OpenTelemetrySinks,
} from '@temporalio/interceptors-opentelemetry';
import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';
import { ofBothReleases } from './both-releases.js';
import type { Traces } from './traces.js';

export interface WorkerTracing {
  /** Each attempt is a span, and log lines of activities name their trace. */
  readonly activity: ActivityInterceptorsFactory[];
  /** Takes the spans of workflows out of their sandbox. */
  readonly sinks: InjectedSinks<OpenTelemetrySinks>;
}

export function workerTracing({ spanProcessor, resource }: Traces): WorkerTracing {
  const exporter = makeWorkflowExporter(
    { onEnd: (span: object) => spanProcessor.onEnd(ofBothReleases(span) as never) } as never,
    resource as never,
  );
  return {
    activity: [
      (ctx) => ({
        inbound: new OpenTelemetryActivityInboundInterceptor(ctx),
        outbound: new OpenTelemetryActivityOutboundInterceptor(ctx),
      }),
    ],
    sinks: {
      exporter: {
        export: {
          // Of all that is known of a run, memo and failures among it, only what names it.
          fn({ workflowId, runId, workflowType, taskQueue, attempt }, spans) {
            exporter.export.fn({ workflowId, runId, workflowType, taskQueue, attempt } as never, spans);
          },
        },
      },
    },
  };
}
