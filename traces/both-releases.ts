/**
 * A span as the SDK's release 1 has it, with what release 2 calls otherwise: Temporal's interceptors of workflows are made with 1, and
 * the SDK of the process is mostly 2.
 */
export function ofBothReleases<Span extends object>(span: Span): Span {
  const { parentSpanId, instrumentationLibrary, spanContext } = span as {
    readonly parentSpanId?: string;
    readonly instrumentationLibrary?: object;
    readonly spanContext: () => object;
  };
  return {
    ...span,
    instrumentationScope: instrumentationLibrary,
    ...(parentSpanId && { parentSpanContext: { ...spanContext(), spanId: parentSpanId } }),
  };
}
