import type { Database, Role } from '../state/records.js';
import type { Store } from '../state/store.js';

/** What the cluster of one branch should contain: the API's word, which a compute is made to match. */
export interface Desired {
  readonly roles: readonly Role[];
  readonly databases: readonly Database[];
}

export function desiredOf(store: Store, projectId: string, branchId: string): Desired {
  const onBranch = (record: { readonly branch_id: string }) => record.branch_id === branchId;
  return {
    roles: store.of.role.in(projectId).filter(onBranch),
    databases: store.of.database.in(projectId).filter(onBranch),
  };
}
