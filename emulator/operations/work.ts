import { desiredOf } from '../compute/desired.js';
import { drop, update } from '../state/changes.js';
import { now } from '../state/clock.js';
import type { Operation } from '../state/records.js';
import type { Change, Store } from '../state/store.js';
import { createBranch } from './create-branch.js';
import { deleteTimeline } from './delete-timeline.js';
import { finalizeRestore } from './finalize-restore.js';
import { restoreBranch } from './restore-branch.js';
import { createSnapshot, deleteSnapshot } from './snapshots.js';
import { branchReady, branchUnarchived, subject } from './subject.js';
import type { Work } from './workshop.js';

export type { Workshop } from './workshop.js';

export const actions = [
  'create_timeline',
  'create_branch',
  'start_compute',
  'suspend_compute',
  'apply_config',
  'delete_timeline',
  'check_availability',
  'restore_branch',
  'finalize_restore',
  'create_snapshot',
  'delete_snapshot',
] as const;

export type Action = (typeof actions)[number];

export const work: Readonly<Record<Action, Work>> = {
  create_timeline: {
    clock: () => 'createTimeline',
    when: 'early',
    async run(operation, { store, computes }) {
      const { project, branch } = subject(operation, store);
      await computes.createData(project, branch);
    },
    settle: (operation, store) => branchReady(operation, store),
    abandon: () => [],
  },

  create_branch: createBranch,
  restore_branch: restoreBranch,
  finalize_restore: finalizeRestore,
  create_snapshot: createSnapshot,
  delete_snapshot: deleteSnapshot,

  start_compute: {
    clock: (operation, store) =>
      subject(operation, store).branch.parent_id === undefined && !hasStartedBefore(operation, store)
        ? 'startFirstCompute'
        : 'startCompute',
    when: 'early',
    async run(operation, { store, computes }) {
      const { project, branch } = subject(operation, store);
      await computes.start(project, branch, desiredOf(store, project.id, branch.id));
    },
    settle(operation, store) {
      const time = now();
      return [
        ...endpointTurns(operation, store, { current_state: 'active', started_at: time, last_active: time }),
        update('project', subject(operation, store).project, { compute_last_active_at: time }),
        ...branchUnarchived(operation, store),
      ];
    },
    abandon: (operation, store) => endpointTurns(operation, store, { current_state: 'idle' }),
  },

  suspend_compute: {
    clock: () => 'suspendCompute',
    when: 'early',
    async run(operation, { store, computes }) {
      const { project, branch } = subject(operation, store);
      await computes.stop(branch);
      await computes.forget(branch, project.history_retention_seconds);
    },
    settle: (operation, store) =>
      endpointTurns(operation, store, { current_state: 'idle', suspended_at: now() }),
    abandon: (operation, store) => endpointTurns(operation, store, {}),
  },

  apply_config: {
    clock: () => 'applyConfig',
    when: 'late',
    async run(operation, { store, computes }) {
      const { project, branch } = subject(operation, store);
      await computes.apply(project, branch, desiredOf(store, project.id, branch.id));
    },
    settle(operation, store) {
      const { project, branch } = subject(operation, store);
      const desired = desiredOf(store, project.id, branch.id);
      return [
        ...desired.roles.filter(leaving).map((role) => drop('role', role.id)),
        ...desired.databases.filter(leaving).map((database) => drop('database', database.id)),
        ...desired.databases
          .filter((database) => database.formerName !== undefined && !leaving(database))
          .map((database) => update('database', database, { formerName: undefined })),
      ];
    },
    abandon: () => [],
  },

  delete_timeline: deleteTimeline,

  /** The system's own look at a compute. What a client notices of it is the lock. */
  check_availability: {
    clock: () => 'checkAvailability',
    when: 'early',
    run: async ({ branch_id }, { computes }) => void (await computes.measure(branch_id ?? '')),
    settle: () => [],
    abandon: () => [],
  },
};

const leaving = (record: { readonly deleting?: boolean | undefined }) => record.deleting === true;

function hasStartedBefore(operation: Operation, store: Store): boolean {
  return store.of.endpoint.get(operation.endpoint_id ?? '')?.started_at !== undefined;
}

function endpointTurns(
  operation: Operation,
  store: Store,
  fields: Parameters<typeof update<'endpoint'>>[2],
): Change[] {
  const endpoint = store.of.endpoint.get(operation.endpoint_id ?? '');
  if (endpoint === undefined) return [];
  if (endpoint.deleting) return [drop('endpoint', endpoint.id)];
  return [update('endpoint', endpoint, { ...fields, pending_state: undefined })];
}
