import { drop, update } from '../state/changes.js';
import type { Branch, Operation } from '../state/records.js';
import type { Change, Store } from '../state/store.js';
import { subject } from './subject.js';
import type { Work } from './workshop.js';

/**
 * The restored branch takes the place of the one it was restored for: its computes, name and standing. Both stop first,
 * because a compute that runs belongs to the branch it was started for.
 */
export const finalizeRestore: Work = {
  clock: () => 'applyConfig',
  when: 'early',

  async run(operation, { store, computes }) {
    const { restored, replaced } = pair(operation, store);
    await computes.stop(restored);
    await computes.stop(replaced);
  },

  settle(operation, store): Change[] {
    const { restored, replaced } = pair(operation, store);
    const endpointsOf = (branch: Branch) =>
      store.of.endpoint.in(branch.project_id).filter(({ branch_id }) => branch_id === branch.id);
    return [
      ...endpointsOf(restored).map(({ id }) => drop('endpoint', id)),
      ...endpointsOf(replaced).map((endpoint) =>
        update('endpoint', endpoint, { branch_id: restored.id, current_state: 'idle' }),
      ),
      update('branch', restored, {
        name: replaced.name,
        default: replaced.default,
        protected: replaced.protected,
        restore_status: 'finalized',
      }),
      update('branch', replaced, {
        name: operation.newName ?? replaced.id,
        default: false,
        protected: false,
      }),
    ];
  },

  abandon: () => [],
};

function pair(operation: Operation, store: Store) {
  const { branch: restored } = subject(operation, store);
  const replaced = store.of.branch.get(restored.restored_as ?? '');
  if (replaced === undefined) throw new Error('the branch to be replaced is gone');
  return { restored, replaced };
}
