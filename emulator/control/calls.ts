import type { KeyKind } from '../options.js';

/** One call to the API, as it was answered. A status of 0 means that no answer was given. */
export interface RecordedCall {
  readonly time: string;
  readonly method: string;
  readonly path: string;
  /** The same with names in place of parameters, so that calls can be counted together. */
  readonly route: string;
  readonly status: number;
  readonly request_id: string;
  readonly authorization: KeyKind | 'none';
}

const kept = 100_000;

/** What has been asked of the API, newest last. */
export class Calls {
  #calls: RecordedCall[] = [];
  readonly #hear: (call: RecordedCall) => void;

  constructor(hear: (call: RecordedCall) => void = () => {}) {
    this.#hear = hear;
  }

  record(call: RecordedCall): void {
    this.#hear(call);
    this.#calls.push(call);
    if (this.#calls.length > kept) this.#calls = this.#calls.slice(kept / 2);
  }

  list(): readonly RecordedCall[] {
    return this.#calls;
  }

  clear(): void {
    this.#calls = [];
  }
}
