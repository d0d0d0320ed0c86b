import type { Endpoint, Operation } from '../state/records.js';
import type { Store } from '../state/store.js';
import type { Engine } from './engine.js';
import type { FateOf } from './step.js';

export interface AvailabilityCheckerOptions {
  readonly store: Store;
  readonly engine: Engine;
  /** 0 checks only what it is told to. */
  readonly everyMs: number;
}

/** The system that looks at computes by itself. Its operation locks a project no client has touched. */
export class AvailabilityChecker {
  readonly #options: AvailabilityCheckerOptions;
  readonly #rounds: NodeJS.Timeout | undefined;

  constructor(options: AvailabilityCheckerOptions) {
    this.#options = options;
    if (options.everyMs > 0) this.#rounds = setInterval(() => this.#round(), options.everyMs).unref();
  }

  /** @throws NeonError 423 when the project is busy. */
  check(endpoint: Endpoint, fateOf?: FateOf): Operation[] {
    const { id, project_id, branch_id } = endpoint;
    const step = { action: 'check_availability', branch_id, endpoint_id: id } as const;
    return this.#options.engine.begin(project_id, [step], [], fateOf);
  }

  stop(): void {
    clearInterval(this.#rounds);
  }

  #round(): void {
    const { store, engine } = this.#options;
    for (const endpoint of store.of.endpoint.all())
      if (endpoint.current_state === 'active' && !engine.isBusy(endpoint.project_id)) this.check(endpoint);
  }
}
