import { drop, update } from '../state/changes.js';
import { now } from '../state/clock.js';
import { expiryAfter } from '../state/expiry.js';
import type { Branch, Operation } from '../state/records.js';
import type { Change, Store } from '../state/store.js';
import { makeBranch } from './create-branch.js';
import { branchReady, subject } from './subject.js';
import type { Work } from './workshop.js';

/**
 * A restore gives a branch other data under another folder's name. The state before is untouched meanwhile, so nothing
 * is lost when it fails: the branch is only told to use the old folder again.
 */
export const restoreBranch: Work = {
  clock: () => 'createBranch',
  when: 'early',

  async run(operation, shop) {
    const { branch } = subject(operation, shop.store);
    await shop.computes.stop(branch);
    await makeBranch(operation, shop);
    if (branch.formerly !== undefined && branch.formerly.preservedAs === undefined)
      await shop.computes.destroyData({ ...branch, dataId: branch.formerly.dataId });
  },

  settle(operation, store) {
    const { branch } = subject(operation, store);
    return branchReady(operation, store, {
      formerly: undefined,
      init_source: 'parent-data',
      last_reset_at: now(),
      ...(branch.ttl_interval_seconds !== undefined && expiryAfter(branch.ttl_interval_seconds)),
    });
  },

  abandon(operation, store) {
    const { branch } = subject(operation, store);
    const { formerly } = branch;
    if (formerly === undefined) return [];
    return [
      ...branchReady(operation, store, {
        dataId: formerly.dataId,
        parent_id: formerly.parent_id,
        formerly: undefined,
      }),
      ...withdrawn(branch, formerly.preservedAs, store, operation),
    ];
  },
};

/** The branch that was to keep the state before is not needed, and gives back the children. */
function withdrawn(
  branch: Branch,
  preservedAs: string | undefined,
  store: Store,
  { project_id }: Operation,
): Change[] {
  if (preservedAs === undefined) return [];
  const onIt = (record: { readonly branch_id: string }) => record.branch_id === preservedAs;
  return [
    ...store.of.branch
      .in(project_id)
      .filter((child) => child.parent_id === preservedAs && child.id !== branch.id)
      .map((child) => update('branch', child, { parent_id: branch.id })),
    ...store.of.role
      .in(project_id)
      .filter(onIt)
      .map(({ id }) => drop('role', id)),
    ...store.of.database
      .in(project_id)
      .filter(onIt)
      .map(({ id }) => drop('database', id)),
    drop('branch', preservedAs),
  ];
}
