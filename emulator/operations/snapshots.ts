import { desiredOf } from '../compute/desired.js';
import { drop, update } from '../state/changes.js';
import { choose, inventoryFor } from './contents.js';
import { snapshotOf, subject } from './subject.js';
import type { Work } from './workshop.js';

export const createSnapshot: Work = {
  clock: () => 'createBranch',
  when: 'early',

  async run(operation, { store, computes }) {
    const { project, branch } = subject(operation, store);
    const snapshot = snapshotOf(operation, store);
    const { lsn, inventory } = await computes.makeData(snapshot, {
      source: branch,
      moment: snapshot.moment,
      content: 'parent-data',
      remembers: false,
    });
    const present = desiredOf(store, project.id, branch.id);
    const contents = choose(inventory ?? inventoryFor(present), [present], project, branch);
    store.commit([
      update('snapshot', snapshot, {
        lsn,
        roles: [...contents.roles],
        databases: [...contents.databases],
      }),
    ]);
  },

  settle: (operation, store) => [update('snapshot', snapshotOf(operation, store), { ready: true })],
  abandon: ({ snapshotId = '' }) => [drop('snapshot', snapshotId)],
};

export const deleteSnapshot: Work = {
  clock: () => 'deleteTimeline',
  when: 'early',
  run: (operation, { store, computes }) => computes.destroyData(snapshotOf(operation, store)),
  settle: ({ snapshotId = '' }) => [drop('snapshot', snapshotId)],
  abandon: () => [],
};
