import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { stopController } from '../stop-controller.js';
import {
  type CallEffect,
  type ConnectionEffect,
  type Effect,
  type faultInput,
  onConnections,
} from './fault-input.js';
import { isLive, type Match, matchesCall, matchesEndpoint } from './match.js';

export interface Fault<E extends Effect = Effect> {
  readonly id: string;
  readonly match: Match;
  readonly effect: E;
  /** How often it has struck. */
  readonly struck: number;
  readonly createdAt: number;
}

/** The faults that wait for something to strike, and those that still hold what they struck. Kept in memory only. */
export class Faults {
  readonly #faults = new Map<string, Fault>();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #stopping = stopController();

  add(input: z.infer<typeof faultInput>): Fault {
    const fault: Fault = { id: randomUUID(), struck: 0, createdAt: Date.now(), ...input };
    this.#faults.set(fault.id, fault);
    return fault;
  }

  list(): Fault[] {
    return [...this.#faults.values()];
  }

  /** Lifts a fault: what it holds goes on. */
  remove(id: string): boolean {
    const known = this.#faults.delete(id);
    for (const release of this.#waiting.get(id) ?? []) release();
    this.#waiting.delete(id);
    return known;
  }

  /** The first fault that strikes this call, counted as struck. */
  strike(method: string, path: string): Fault<CallEffect> | undefined {
    return this.#strike(
      (fault): fault is Fault<CallEffect> =>
        !onConnections(fault.effect) && matchesCall(fault.match, method, path),
    );
  }

  /** The same for a new connection. */
  strikeConnection(endpoint: { readonly id: string; readonly project_id: string }) {
    return this.#strike(
      (fault): fault is Fault<ConnectionEffect> =>
        onConnections(fault.effect) && matchesEndpoint(fault.match, endpoint),
    );
  }

  /** Resolves when the fault is lifted, or has never been known here; rejects when the signal is aborted. */
  lifted(id: string, signal: AbortSignal = this.#stopping.signal): Promise<void> {
    if (!this.#faults.has(id)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, waiting.add(resolve));
      const abort = () => {
        waiting.delete(resolve);
        reject(signal.reason);
      };
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
  }

  /** Aborted when the emulator stops: what still waits then never happens. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  stop(): void {
    this.#stopping.abort();
  }

  #strike<F extends Fault>(strikes: (fault: Fault) => fault is F): F | undefined {
    for (const fault of this.#faults.values()) {
      if (!isLive(fault.match, fault) || !strikes(fault)) continue;
      this.#faults.set(fault.id, { ...fault, struck: fault.struck + 1 });
      return fault;
    }
    return undefined;
  }
}
