import { seconds } from '../../state/clock.js';
import type { DeletedBranch } from '../../state/history-records.js';
import type { Branch } from '../../state/records.js';

export function branchView(branch: Branch) {
  return {
    id: branch.id,
    project_id: branch.project_id,
    ...(branch.parent_id && { parent_id: branch.parent_id }),
    name: branch.name,
    current_state: branch.current_state,
    ...(branch.pending_state && { pending_state: branch.pending_state }),
    state_changed_at: seconds(branch.state_changed_at),
    creation_source: 'console',
    primary: branch.default,
    default: branch.default,
    protected: branch.protected,
    cpu_used_sec: 0,
    compute_time_seconds: 0,
    active_time_seconds: 0,
    written_data_bytes: 0,
    data_transfer_bytes: 0,
    created_at: seconds(branch.created_at),
    updated_at: seconds(branch.updated_at),
    ...(branch.parent_lsn && { parent_lsn: branch.parent_lsn }),
    ...(branch.parent_timestamp && { parent_timestamp: branch.parent_timestamp }),
    ...(branch.expires_at && { expires_at: branch.expires_at }),
    ...(branch.ttl_interval_seconds && { ttl_interval_seconds: branch.ttl_interval_seconds }),
    ...(branch.last_reset_at && { last_reset_at: seconds(branch.last_reset_at) }),
    ...(branch.restore_status && { restore_status: branch.restore_status }),
    ...(branch.restored_from && { restored_from: branch.restored_from }),
    ...(branch.restored_as && { restored_as: branch.restored_as }),
    init_source: branch.init_source,
  };
}

/** A deleted branch, for those who ask for what can be recovered. */
export function deletedBranchView(deleted: DeletedBranch) {
  const { deleted_at, recoverable_until, deletion_method } = deleted;
  return {
    ...branchView(deleted.branch),
    recovery: {
      deleted_at: seconds(deleted_at),
      recoverable_until: seconds(recoverable_until),
      deletion_method,
    },
  };
}

export function annotationView(branch: Branch) {
  return {
    object: { type: 'console/branch', id: branch.id },
    value: branch.annotations,
    created_at: seconds(branch.created_at),
    updated_at: seconds(branch.updated_at),
  };
}

/** Branches without annotations are absent from the map. */
export function annotationsView(branches: readonly Branch[]) {
  return Object.fromEntries(
    branches
      .filter((branch) => Object.keys(branch.annotations).length > 0)
      .map((branch) => [branch.id, annotationView(branch)]),
  );
}
