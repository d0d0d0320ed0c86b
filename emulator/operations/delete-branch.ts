import { update } from '../state/changes.js';
import type { Branch, Operation } from '../state/records.js';
import type { Store } from '../state/store.js';
import type { Engine } from './engine.js';
import type { FateOf, Step } from './step.js';

export interface Deletion {
  /** How the branch may come back; absent when it is gone at once. */
  readonly deletion?: Branch['deletion'];
  readonly fateOf?: FateOf | undefined;
}

/**
 * Its computes are suspended and go with it; the list shows the branch until its operations end.
 * @throws NeonError 423 when the project is busy.
 */
export function beginDeleteBranch(
  branch: Branch,
  { store, engine }: { readonly store: Store; readonly engine: Engine },
  { deletion, fateOf }: Deletion,
): Operation[] {
  const endpoints = store.of.endpoint
    .in(branch.project_id)
    .filter((endpoint) => endpoint.branch_id === branch.id);
  const suspensions: Step[] = endpoints.map((endpoint) => ({
    action: 'suspend_compute',
    branch_id: branch.id,
    endpoint_id: endpoint.id,
  }));
  return engine.begin(
    branch.project_id,
    [...suspensions, { action: 'delete_timeline', branch_id: branch.id }],
    [
      update('branch', branch, { deleting: true, deletion }),
      ...endpoints.map((endpoint) => update('endpoint', endpoint, { pending_state: 'idle' })),
    ],
    fateOf,
  );
}
