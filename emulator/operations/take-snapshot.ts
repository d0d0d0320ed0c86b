import { put } from '../state/changes.js';
import type { Snapshot } from '../state/history-records.js';
import { newSnapshot } from '../state/make-snapshot.js';
import type { Branch, Operation } from '../state/records.js';
import type { Engine } from './engine.js';
import type { FateOf } from './step.js';

/** @throws NeonError 423 when the project is busy. */
export function beginSnapshot(
  branch: Branch,
  fields: Parameters<typeof newSnapshot>[1],
  engine: Engine,
  fateOf?: FateOf,
): { readonly snapshot: Snapshot; readonly operations: Operation[] } {
  const snapshot = newSnapshot(branch, fields);
  const operations = engine.begin(
    branch.project_id,
    [{ action: 'create_branch', task: 'create_snapshot', branch_id: branch.id, snapshotId: snapshot.id }],
    [put('snapshot', snapshot)],
    fateOf,
  );
  return { snapshot, operations };
}
