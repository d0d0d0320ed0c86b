export interface ActivityOptions {
  readonly visitorsOf: (endpointId: string) => number;
  /** All bytes that have ever gone out through an endpoint's port: nobody connects without being sent some. */
  readonly sentOf: (endpointId: string) => number;
}

/** Knows when something last went on in a compute, so that one at rest is not asked again: to ask costs a connection. */
export class Activity {
  readonly #options: ActivityOptions;
  readonly #last = new Map<string, { readonly sent: number; readonly at: number }>();

  constructor(options: ActivityOptions) {
    this.#options = options;
  }

  /** Something was done to it without anybody connecting to its port. */
  happened(endpointId: string): void {
    this.#last.set(endpointId, { sent: this.#options.sentOf(endpointId), at: Date.now() });
  }

  /** When it was last known that something went on, in milliseconds since the epoch: now, while somebody is connected. */
  lastOf(endpointId: string): number {
    const { visitorsOf, sentOf } = this.#options;
    const last = this.#last.get(endpointId);
    if (visitorsOf(endpointId) === 0 && last?.sent === sentOf(endpointId)) return last.at;
    this.happened(endpointId);
    return Date.now();
  }

  forget(endpointId: string): void {
    this.#last.delete(endpointId);
  }
}
