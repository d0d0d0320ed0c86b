import type { Computes } from './compute/computes.js';
import type { Gateway } from './compute/gateway.js';
import { Deadlines } from './deadlines.js';
import { drop } from './state/changes.js';
import { dataOwners } from './state/data-owners.js';
import type { Store } from './state/store.js';

/** Deleted projects, until nobody can ask for them back: then their data is destroyed. */
export class Graveyard {
  readonly #deadlines = new Deadlines();
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
    this.#deadlines.set(projectId, until, () => void this.#bury(projectId));
  }

  forget(projectId: string): void {
    this.#deadlines.clear(projectId);
  }

  stop(): void {
    this.#deadlines.stop();
  }

  /** The data goes first: a crash in between leaves a record that says there is still something to do. */
  async #bury(projectId: string): Promise<void> {
    const { store, computes, gateway } = this.#parts;
    const branches = store.of.branch.in(projectId);
    await Promise.all(dataOwners(store, projectId).map((owner) => computes.destroyData(owner)));
    const endpoints = store.of.endpoint.in(projectId);
    for (const endpoint of endpoints) gateway.close(endpoint.id);
    store.commit([
      ...endpoints.map(({ id }) => drop('endpoint', id)),
      ...branches.map(({ id }) => drop('branch', id)),
      ...store.of.role.in(projectId).map(({ id }) => drop('role', id)),
      ...store.of.database.in(projectId).map(({ id }) => drop('database', id)),
      ...store.of.operation.in(projectId).map(({ id }) => drop('operation', id)),
      ...store.of.snapshot.in(projectId).map(({ id }) => drop('snapshot', id)),
      ...store.of.deletedBranch.in(projectId).map(({ id }) => drop('deletedBranch', id)),
      ...store.of.usage.in(projectId).map(({ id }) => drop('usage', id)),
      ...store.of.key.in(projectId).map(({ id }) => drop('key', id)),
      drop('project', projectId),
    ]);
  }
}
