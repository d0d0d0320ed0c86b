import { desiredOf } from '../compute/desired.js';
import { drop, put, update } from '../state/changes.js';
import { now } from '../state/clock.js';
import type { Branch } from '../state/records.js';
import type { Change, Store } from '../state/store.js';
import { subject } from './subject.js';
import type { Work } from './workshop.js';

/** A branch that may come back keeps its data, and its records where nobody meets them. */
export const deleteTimeline: Work = {
  clock: () => 'deleteTimeline',
  when: 'early',

  async run(operation, { store, computes }) {
    const { branch } = subject(operation, store);
    if (branch.deletion === undefined) await computes.destroyData(branch);
    else await computes.stop(branch);
  },

  settle(operation, store) {
    const { branch } = subject(operation, store);
    return [...keptFor(branch, store), ...gone(branch, store)];
  },

  /** It is there as before, and may be deleted again. */
  abandon(operation, store) {
    const { branch } = subject(operation, store);
    return [update('branch', branch, { deleting: undefined, deletion: undefined })];
  },
};

const endpointsOf = (branch: Branch, store: Store) =>
  store.of.endpoint.in(branch.project_id).filter(({ branch_id }) => branch_id === branch.id);

function keptFor(branch: Branch, store: Store): Change[] {
  if (branch.deletion === undefined) return [];
  const { roles, databases } = desiredOf(store, branch.project_id, branch.id);
  return [
    put('deletedBranch', {
      id: branch.id,
      project_id: branch.project_id,
      created_at: branch.created_at,
      deleted_at: now(),
      recoverable_until: branch.deletion.recoverableUntil,
      deletion_method: branch.deletion.method,
      branch,
      endpoints: endpointsOf(branch, store),
      roles: [...roles],
      databases: [...databases],
    }),
  ];
}

function gone(branch: Branch, store: Store): Change[] {
  const { roles, databases } = desiredOf(store, branch.project_id, branch.id);
  return [
    ...roles.map(({ id }) => drop('role', id)),
    ...databases.map(({ id }) => drop('database', id)),
    ...endpointsOf(branch, store).map(({ id }) => drop('endpoint', id)),
    drop('branch', branch.id),
  ];
}
