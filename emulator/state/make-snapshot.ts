import { now } from './clock.js';
import type { Snapshot } from './history-records.js';
import { newId } from './ids.js';
import type { Branch } from './records.js';

export function newSnapshot(
  branch: Branch,
  fields: Pick<Snapshot, 'manual'> & Partial<Pick<Snapshot, 'name' | 'moment' | 'expires_at' | 'timestamp'>>,
): Snapshot {
  const time = now();
  return {
    id: newId.snapshot(),
    project_id: branch.project_id,
    name: `${branch.name} at ${time.slice(0, 19)}Z`,
    source_branch_id: branch.id,
    timestamp: time,
    ready: false,
    roles: [],
    databases: [],
    ...fields,
    created_at: time,
  };
}
