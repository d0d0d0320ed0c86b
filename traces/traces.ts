/** Where spans of workflows go: what OpenTelemetry's SDK calls so, of its release 1 or 2. */
export interface Traces {
  /** Spans of workflows are made in their sandbox, and handed over here once they have ended. */
  readonly spanProcessor: { onEnd(span: never): void };
  /** Which process the spans are of. */
  readonly resource: { readonly attributes: object };
}

export interface StartedTraces extends Traces {
  /** Sends what is left. */
  stop(): Promise<void>;
}
