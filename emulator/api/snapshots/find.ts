import { notFound } from '../../errors.js';
import type { Neon } from '../../neon.js';
import type { Snapshot } from '../../state/history-records.js';
import { projectOf } from '../find.js';
import type { Call } from '../route.js';

/** @throws NeonError 404 */
export function snapshotOf(call: Call, neon: Neon): Snapshot {
  const project = projectOf(call, neon);
  const snapshot = neon.store.of.snapshot.get(call.params.snapshot_id ?? '');
  if (snapshot?.project_id !== project.id) throw notFound('snapshot not found');
  return snapshot;
}
