import type { Computes } from './compute/computes.js';
import type { Gateway } from './compute/gateway.js';
import { drop } from './state/changes.js';
import type { Store } from './state/store.js';

/** `setTimeout` cannot wait longer than this. */
const longestTimer = 2 ** 31 - 1;

/** Deleted projects, until nobody can ask for them back: then their data is destroyed. */
export class Graveyard {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #parts: { readonly store: Store; readonly computes: Computes; readonly gateway: Gateway };

  constructor(parts: { readonly store: Store; readonly computes: Computes; readonly gateway: Gateway }) {
    this.#parts = parts;
  }

  /** Takes up the deleted projects of an earlier life. */
  resume(): void {
    for (const project of this.#parts.store.of.project.all())
      if (project.deleted_at !== undefined) this.watch(project.id);
  }

  watch(projectId: string): void {
    const until = this.#parts.store.of.project.get(projectId)?.recoverable_until;
    if (until === undefined) return;
    const left = Date.parse(until) - Date.now();
    const timer = setTimeout(
      () => (left > longestTimer ? this.watch(projectId) : void this.#bury(projectId)),
      Math.min(Math.max(left, 0), longestTimer),
    );
    timer.unref();
    this.#timers.set(projectId, timer);
  }

  forget(projectId: string): void {
    clearTimeout(this.#timers.get(projectId));
    this.#timers.delete(projectId);
  }

  stop(): void {
    for (const projectId of [...this.#timers.keys()]) this.forget(projectId);
  }

  /** The data goes first: a crash in between leaves a record that says there is still something to do. */
  async #bury(projectId: string): Promise<void> {
    const { store, computes, gateway } = this.#parts;
    this.#timers.delete(projectId);
    const branches = store.of.branch.in(projectId);
    await Promise.all(branches.map((branch) => computes.destroyData(branch)));
    const endpoints = store.of.endpoint.in(projectId);
    for (const endpoint of endpoints) gateway.close(endpoint.id);
    store.commit([
      ...endpoints.map(({ id }) => drop('endpoint', id)),
      ...branches.map(({ id }) => drop('branch', id)),
      ...store.of.role.in(projectId).map(({ id }) => drop('role', id)),
      ...store.of.database.in(projectId).map(({ id }) => drop('database', id)),
      ...store.of.operation.in(projectId).map(({ id }) => drop('operation', id)),
      ...store.of.key.in(projectId).map(({ id }) => drop('key', id)),
      drop('project', projectId),
    ]);
  }
}
