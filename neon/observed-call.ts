/** A request to Neon that has ended. It holds no id and no name, so it may become a label of a metric. */
export interface ObservedCall {
  /** Method and path, with `{id}` in the place of each id: `GET /projects/{id}/branches`. */
  readonly route: string;
  /** Neon's status; `none` where no whole answer came; `cancelled` where the caller gave the call up. */
  readonly answer: number | 'none' | 'cancelled';
  readonly seconds: number;
}

export type NeonObserver = (call: ObservedCall) => void;
