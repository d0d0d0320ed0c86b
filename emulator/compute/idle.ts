import { NeonError } from '../errors.js';
import type { Engine } from '../operations/engine.js';
import { update } from '../state/changes.js';
import type { Endpoint } from '../state/records.js';
import type { Store } from '../state/store.js';

export interface IdleOptions {
  readonly store: Store;
  readonly engine: Engine;
  readonly visitorsOf: (endpointId: string) => number;
  readonly secondMs: number;
}

const defaultTimeoutSeconds = 300;
const never = -1;

/** Suspends computes that nobody is connected to. */
export class IdleWatch {
  readonly #options: IdleOptions;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(options: IdleOptions) {
    this.#options = options;
  }

  /** Starts the clock of an endpoint anew. */
  rearm(endpointId: string): void {
    clearTimeout(this.#timers.get(endpointId));
    this.#timers.delete(endpointId);
    const endpoint = this.#options.store.of.endpoint.get(endpointId);
    if (endpoint === undefined || endpoint.suspend_timeout_seconds === never) return;
    const timeout = (endpoint.suspend_timeout_seconds || defaultTimeoutSeconds) * this.#options.secondMs;
    const timer = setTimeout(() => this.#suspend(endpointId), timeout);
    timer.unref();
    this.#timers.set(endpointId, timer);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #suspend(endpointId: string): void {
    const { store, engine, visitorsOf } = this.#options;
    const endpoint = store.of.endpoint.get(endpointId);
    if (endpoint?.current_state !== 'active' || visitorsOf(endpointId) > 0) return;
    try {
      beginSuspend(endpoint, engine);
    } catch (error) {
      if (!(error instanceof NeonError)) throw error;
      // Busy: that is activity, too.
      this.rearm(endpointId);
    }
  }
}

/** @throws NeonError 423 when the project is busy. */
export function beginSuspend(endpoint: Endpoint, engine: Engine) {
  return engine.begin(
    endpoint.project_id,
    [{ action: 'suspend_compute', branch_id: endpoint.branch_id, endpoint_id: endpoint.id }],
    [update('endpoint', endpoint, { pending_state: 'idle' })],
  );
}
