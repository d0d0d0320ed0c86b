import { update } from '../state/changes.js';
import { now } from '../state/clock.js';
import type { Snapshot } from '../state/history-records.js';
import type { Branch, Operation } from '../state/records.js';
import type { Change, Store } from '../state/store.js';

/** What an operation works on. @throws when it is gone. */
export function subject(operation: Operation, store: Store) {
  const project = store.of.project.get(operation.project_id);
  const branch = store.of.branch.get(operation.branch_id ?? '');
  if (project === undefined || branch === undefined) throw new Error('the branch of the operation is gone');
  return { project, branch };
}

export function snapshotOf(operation: Operation, store: Store): Snapshot {
  const snapshot = store.of.snapshot.get(operation.snapshotId ?? '');
  if (snapshot === undefined) throw new Error('the snapshot of the operation is gone');
  return snapshot;
}

export function branchReady(operation: Operation, store: Store, fields: Partial<Branch> = {}): Change[] {
  const { branch } = subject(operation, store);
  return [
    update('branch', branch, {
      current_state: branch.archived === true ? 'archived' : 'ready',
      pending_state: undefined,
      state_changed_at: now(),
      making: undefined,
      ...fields,
    }),
  ];
}

/** Whoever uses an archived branch brings it back. */
export function branchUnarchived(operation: Operation, store: Store): Change[] {
  const { branch } = subject(operation, store);
  if (branch.archived !== true) return [];
  return [update('branch', branch, { current_state: 'ready', archived: undefined, state_changed_at: now() })];
}
