import { update } from '../state/changes.js';
import type { Snapshot } from '../state/history-records.js';
import type { Operation } from '../state/records.js';
import type { Store } from '../state/store.js';
import type { Engine } from './engine.js';
import type { FateOf } from './step.js';

/** @throws NeonError 423 when the project is busy. */
export function beginDeleteSnapshot(
  snapshot: Snapshot,
  { store, engine }: { readonly store: Store; readonly engine: Engine },
  fateOf?: FateOf,
): Operation[] {
  const source = store.of.branch.get(snapshot.source_branch_id);
  return engine.begin(
    snapshot.project_id,
    [
      {
        action: 'delete_timeline',
        task: 'delete_snapshot',
        branch_id: source?.id,
        snapshotId: snapshot.id,
      },
    ],
    [update('snapshot', snapshot, { deleting: true })],
    fateOf,
  );
}
