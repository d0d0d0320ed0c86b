/** A request to Neon that has ended. It contains no id and no name, so it can be a metric's label. */
export interface ObservedCall {
  /** Method and path, with `{id}` in place of each id: `GET /projects/{id}/branches`. */
  readonly route: string;
  /** Neon's status; `none` if no complete response arrived; `cancelled` if the caller cancelled the call. */
  readonly answer: number | 'none' | 'cancelled';
  readonly seconds: number;
}

export type NeonObserver = (call: ObservedCall) => void;
