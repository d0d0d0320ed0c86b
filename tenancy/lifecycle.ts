/** The state of a tenant. A tenant that the catalog does not know has none. */
export type TenantState =
  | SettledState
  | 'provisioning'
  | 'adopting'
  | 'updating'
  | 'suspending'
  | 'resuming'
  | 'restoring'
  | 'moving'
  | 'repairing'
  | 'offboarding'
  | 'erasing';

/** Settled states. The others are transitional: an operation is under way, or was terminated in the middle. */
export type SettledState = (typeof settledStates)[number];

export const settledStates = ['ready', 'suspended', 'failed', 'offboarded'] as const;

export interface Transition {
  /** The states in which the operation may begin; `none` is a tenant that the catalog does not know. */
  readonly from: readonly (TenantState | 'none')[];
  readonly during: TenantState;
  /** `none`: the catalog forgets the tenant. `as-before`: the tenant's last settled state. */
  readonly succeeded: SettledState | 'none' | 'as-before';
  /**
   * The state after a failure or a cancellation that was undone. If undo is not possible, the tenant stays in
   * `during`.
   */
  readonly failed: SettledState | 'none' | 'as-before';
  /** Repeated in the state that it leads to, it does nothing and says so. */
  readonly repeatable?: true;
  /** The sweep later finishes what could not be undone at once, so the run does not wait for it. */
  readonly undoneLater?: true;
  /**
   * Refused once the tenant's deletion has begun, in any state that it left: a half-deleted tenant is never restored.
   */
  readonly needsDatabase?: true;
}

/**
 * The whole state machine. Each operation may also begin in its own `during`, because a run that was terminated
 * leaves that state behind; the workflow id already rules out two runs at once.
 */
export const lifecycle = {
  onboard: {
    from: ['none', 'failed', 'provisioning'],
    during: 'provisioning',
    succeeded: 'ready',
    failed: 'failed',
    undoneLater: true,
  },
  /** A project that existed before stays unchanged when the adoption fails. */
  adopt: { from: ['none', 'adopting'], during: 'adopting', succeeded: 'ready', failed: 'none' },
  changePlan: { from: ['ready', 'updating'], during: 'updating', succeeded: 'ready', failed: 'as-before' },
  /** Files that were applied before a failed one stay applied: each is its own transaction. */
  migrate: { from: ['ready', 'updating'], during: 'updating', succeeded: 'ready', failed: 'as-before' },
  rotateCredentials: {
    from: ['ready', 'updating'],
    during: 'updating',
    succeeded: 'ready',
    failed: 'as-before',
  },
  snapshot: { from: ['ready', 'updating'], during: 'updating', succeeded: 'ready', failed: 'as-before' },
  branch: { from: ['ready', 'updating'], during: 'updating', succeeded: 'ready', failed: 'as-before' },
  /** Tries migrations on a branch; the tenant does not change. */
  rehearse: { from: ['ready', 'updating'], during: 'updating', succeeded: 'ready', failed: 'as-before' },
  /** Restores a snapshot to a branch and checks it; the tenant does not change. */
  drill: { from: ['ready', 'updating'], during: 'updating', succeeded: 'ready', failed: 'as-before' },
  restore: {
    from: ['ready', 'updating', 'restoring'],
    during: 'restoring',
    succeeded: 'ready',
    failed: 'as-before',
  },
  move: { from: ['ready', 'updating', 'moving'], during: 'moving', succeeded: 'ready', failed: 'as-before' },
  undoMove: {
    from: ['ready', 'updating', 'moving'],
    during: 'moving',
    succeeded: 'ready',
    failed: 'as-before',
  },
  suspend: {
    from: ['ready', 'updating', 'suspending', 'resuming', 'repairing'],
    during: 'suspending',
    succeeded: 'suspended',
    failed: 'as-before',
    repeatable: true,
  },
  resume: {
    from: ['suspended', 'suspending', 'resuming', 'repairing'],
    during: 'resuming',
    succeeded: 'ready',
    failed: 'as-before',
    repeatable: true,
  },
  /** Restores the tenant to its last settled state. */
  repair: {
    from: [
      'ready',
      'suspended',
      'updating',
      'suspending',
      'resuming',
      'restoring',
      'moving',
      'repairing',
      'offboarding',
    ],
    during: 'repairing',
    succeeded: 'as-before',
    failed: 'as-before',
    needsDatabase: true,
  },
  offboard: {
    from: [
      'ready',
      'suspended',
      'failed',
      'updating',
      'suspending',
      'resuming',
      'restoring',
      'moving',
      'repairing',
      'offboarding',
    ],
    during: 'offboarding',
    succeeded: 'offboarded',
    failed: 'as-before',
    repeatable: true,
  },
  /** By now nothing of the tenant is left at Neon; a tombstone prevents accidental reuse of its id. */
  erase: {
    from: ['offboarded', 'failed', 'erasing'],
    during: 'erasing',
    succeeded: 'none',
    failed: 'as-before',
  },
} as const satisfies Record<string, Transition>;

/** Every state, the settled ones first. */
export const tenantStates: readonly TenantState[] = [
  ...new Set<TenantState>([...settledStates, ...Object.values(lifecycle).map(({ during }) => during)]),
];

/** The operations that a caller can start for a tenant. */
export type TenantOperation = keyof typeof lifecycle;

export const tenantOperations = Object.keys(lifecycle) as readonly TenantOperation[];

export function transitionOf(operation: TenantOperation): Transition {
  return lifecycle[operation];
}

export function isSettled(state: TenantState): state is SettledState {
  return (settledStates as readonly string[]).includes(state);
}

/** The operations that may begin in a state, in the table's order. */
export function allowedIn(state: TenantState | 'none'): TenantOperation[] {
  return tenantOperations.filter((operation) => transitionOf(operation).from.includes(state));
}
