import { SpanStatusCode, trace } from '@opentelemetry/api';

/** Does it within a span, which is where a trace begins unless one is under way. Without an SDK, nothing but the work is done. */
export function inSpan<T>(name: string, work: () => Promise<T>): Promise<T> {
  return trace.getTracer('tenantry').startActiveSpan(name, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
