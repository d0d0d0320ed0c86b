import { seconds } from '../../state/clock.js';
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
    ...(branch.expires_at && { expires_at: branch.expires_at }),
    init_source: branch.init_source,
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
