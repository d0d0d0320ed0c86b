import { type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { NeonError } from './neon-error.js';

export interface SpannedCall {
  readonly method: string;
  /** See `routeOf`. */
  readonly route: string;
  readonly host: string;
}

/**
 * Makes a call a span if it is made within a trace. The span contains no key, no project's id and no part of
 * the request's body.
 */
export async function inCallSpan<T>(
  { method, route, host }: SpannedCall,
  work: (span?: Span) => Promise<T>,
): Promise<T> {
  // A process's own calls, such as the check of its key, belong to nobody's trace.
  if (trace.getActiveSpan() === undefined) return work();
  const attributes = {
    'http.request.method': method,
    'url.template': route.slice(method.length + 1),
    'server.address': new URL(host).hostname,
  };
  const options = { kind: SpanKind.CLIENT, attributes };
  return trace.getTracer('tenantry').startActiveSpan(`Neon ${route}`, options, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.setAttribute('error.type', error instanceof NeonError ? error.type : 'cancelled');
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
