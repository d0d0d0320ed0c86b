import type { Computes } from './compute/computes.js';
import { Deadlines } from './deadlines.js';
import { NeonError } from './errors.js';
import { beginDeleteBranch } from './operations/delete-branch.js';
import { beginDeleteSnapshot } from './operations/delete-snapshot.js';
import type { Engine } from './operations/engine.js';
import { drop } from './state/changes.js';
import type { DeletedBranch, Snapshot } from './state/history-records.js';
import type { Branch } from './state/records.js';
import type { Store } from './state/store.js';

export interface LifetimesOptions {
  readonly store: Store;
  readonly engine: Engine;
  readonly computes: Computes;
  readonly recoveryWindowMs: number;
}

/** Ends what has an end: branches and snapshots that expire, and deleted branches that nobody has asked back. */
export class Lifetimes {
  readonly #parts: LifetimesOptions;
  readonly #deadlines = new Deadlines();
  #stopped = false;

  constructor(parts: LifetimesOptions) {
    this.#parts = parts;
    const { store } = parts;
    store.watch('branch', (before, after) => this.#watch(before, after, (branch) => this.#expire(branch)));
    store.watch('snapshot', (before, after) => this.#watch(before, after, (snapshot) => this.#end(snapshot)));
    store.watch('deletedBranch', (before, after) => this.#watchDeleted(before, after));
    // What was due while its project was deleted is so when the project has come back.
    store.watch('project', (before, after) => {
      if (before?.deleted_at !== undefined && after?.deleted_at === undefined) this.#resume(before.id);
    });
  }

  /** Takes up what an earlier life of the emulator was waiting for. */
  resume(): void {
    for (const project of this.#parts.store.of.project.all()) this.#resume(project.id);
  }

  stop(): void {
    this.#stopped = true;
    this.#deadlines.stop();
  }

  #resume(projectId: string): void {
    const { of } = this.#parts.store;
    for (const branch of of.branch.in(projectId)) this.#watch(undefined, branch, (due) => this.#expire(due));
    for (const snapshot of of.snapshot.in(projectId))
      this.#watch(undefined, snapshot, (due) => this.#end(due));
    for (const deleted of of.deletedBranch.in(projectId)) this.#watchDeleted(undefined, deleted);
  }

  #watch<R extends Branch | Snapshot>(before: R | undefined, after: R | undefined, due: (record: R) => void) {
    const id = after?.id ?? before?.id ?? '';
    if (after?.expires_at === undefined || after.deleting) return this.#deadlines.clear(id);
    if (before?.expires_at !== after.expires_at) this.#deadlines.set(id, after.expires_at, () => due(after));
  }

  #watchDeleted(before: DeletedBranch | undefined, after: DeletedBranch | undefined): void {
    const id = `deleted ${after?.id ?? before?.id}`;
    if (after === undefined) this.#deadlines.clear(id);
    else this.#deadlines.set(id, after.recoverable_until, () => void this.#bury(after));
  }

  #expire({ id, project_id }: Branch): void {
    const recoverableUntil = new Date(Date.now() + this.#parts.recoveryWindowMs).toISOString();
    this.#begin(project_id, () => {
      const branch = this.#parts.store.of.branch.get(id);
      if (branch === undefined || branch.deleting) return;
      beginDeleteBranch(branch, this.#parts, { deletion: { method: 'ttl', recoverableUntil } });
    });
  }

  #end({ id, project_id }: Snapshot): void {
    this.#begin(project_id, () => {
      const snapshot = this.#parts.store.of.snapshot.get(id);
      if (snapshot !== undefined) beginDeleteSnapshot(snapshot, this.#parts);
    });
  }

  /** As soon as the project is free: the system has to wait for a lock like anybody else. */
  #begin(projectId: string, work: () => void): void {
    const { store, engine } = this.#parts;
    const project = store.of.project.get(projectId);
    if (this.#stopped || project === undefined || project.deleted_at !== undefined) return;
    try {
      work();
    } catch (error) {
      if (!(error instanceof NeonError)) throw error;
      void engine.quiet(projectId).then(() => this.#begin(projectId, work));
    }
  }

  /** The data goes first: a crash in between leaves a record that says there is still something to do. */
  async #bury(deleted: DeletedBranch): Promise<void> {
    await this.#parts.computes.destroyData(deleted.branch);
    this.#parts.store.commit([drop('deletedBranch', deleted.id)]);
  }
}
