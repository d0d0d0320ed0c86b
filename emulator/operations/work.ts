import type { Computes } from '../compute/computes.js';
import { desiredOf } from '../compute/desired.js';
import { drop, update } from '../state/changes.js';
import { now } from '../state/clock.js';
import type { Operation } from '../state/records.js';
import type { Change, Store } from '../state/store.js';
import type { Timings } from '../timings.js';

export interface Workshop {
  readonly store: Store;
  readonly computes: Computes;
}

/** What one action means. */
export interface Work {
  readonly clock: (operation: Operation, store: Store) => keyof Timings;
  /**
   * `early` work is done at once and the clock waited out; `late` work is done when the clock has run, because its
   * effect must not be seen before the operation ends.
   */
  readonly when: 'early' | 'late';
  /** Idempotent: after a crash it is done again from the start. */
  run(operation: Operation, shop: Workshop): Promise<void>;
  /** What is written together with the operation's success. */
  settle(operation: Operation, store: Store): Change[];
  /** What is written instead when the operation ends any other way. */
  abandon(operation: Operation, store: Store): Change[];
}

export const actions = [
  'create_timeline',
  'create_branch',
  'start_compute',
  'suspend_compute',
  'apply_config',
  'delete_timeline',
] as const;

export type Action = (typeof actions)[number];

export const work: Readonly<Record<Action, Work>> = {
  create_timeline: {
    clock: () => 'createTimeline',
    when: 'early',
    async run(operation, { store, computes }) {
      const { branch } = subject(operation, store);
      await computes.createData(branch);
    },
    settle: branchReady,
    abandon: () => [],
  },

  create_branch: {
    clock: () => 'createBranch',
    when: 'early',
    async run(operation, { store, computes }) {
      const { branch } = subject(operation, store);
      const parent = store.of.branch.get(branch.parent_id ?? '');
      if (parent === undefined) throw new Error(`the parent of ${branch.id} is gone`);
      await computes.copyData(parent, branch);
    },
    settle: branchReady,
    abandon: () => [],
  },

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
      ];
    },
    abandon: (operation, store) => endpointTurns(operation, store, { current_state: 'idle' }),
  },

  suspend_compute: {
    clock: () => 'suspendCompute',
    when: 'early',
    async run(operation, { store, computes }) {
      await computes.stop(subject(operation, store).branch);
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

  delete_timeline: {
    clock: () => 'deleteTimeline',
    when: 'early',
    async run(operation, { store, computes }) {
      const { branch } = subject(operation, store);
      await computes.destroyData(branch);
    },
    settle(operation, store) {
      const { branch } = subject(operation, store);
      const { roles, databases } = desiredOf(store, branch.project_id, branch.id);
      return [
        ...roles.map((role) => drop('role', role.id)),
        ...databases.map((database) => drop('database', database.id)),
        drop('branch', branch.id),
      ];
    },
    abandon: () => [],
  },
};

const leaving = (record: { readonly deleting?: boolean | undefined }) => record.deleting === true;

function subject(operation: Operation, store: Store) {
  const project = store.of.project.get(operation.project_id);
  const branch = store.of.branch.get(operation.branch_id ?? '');
  if (project === undefined || branch === undefined) throw new Error('the branch of the operation is gone');
  return { project, branch };
}

function hasStartedBefore(operation: Operation, store: Store): boolean {
  return store.of.endpoint.get(operation.endpoint_id ?? '')?.started_at !== undefined;
}

function branchReady(operation: Operation, store: Store): Change[] {
  const { branch } = subject(operation, store);
  return [
    update('branch', branch, { current_state: 'ready', pending_state: undefined, state_changed_at: now() }),
  ];
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
