import { type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { NeonError } from './neon-error.js';

export interface SpannedCall {
  readonly method: string;
  /** See `routeOf`. */
  readonly route: string;
  readonly host: string;
}

/** Makes a call a span, where it is sent within a trace. It holds no key, no id of a project's and nothing of what is sent. */
export async function inCallSpan<T>(
  { method, route, host }: SpannedCall,
  work: (span?: Span) => Promise<T>,
): Promise<T> {
  // What a process asks by itself, such as whether its key is good, is no trace of anybody's.
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
