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
  /** The states in which the operation may begin; `none` is a tenant not heard of yet. */
  readonly from: readonly (TenantState | 'none')[];
  readonly during: TenantState;
  /** `none`: the catalog forgets the tenant. `as-before`: the settled state that the tenant was in last. */
  readonly succeeded: SettledState | 'none' | 'as-before';
  /** Where it stands after a failure or a cancellation that was undone. What could not be undone stays in `during`. */
  readonly failed: SettledState | 'none' | 'as-before';
  /** Repeated in the state that it leads to, it does nothing and says so. */
  readonly repeatable?: true;
  /** What could not be undone at once the sweep goes on with, so it holds nobody up. */
  readonly undoneLater?: true;
  /** Refused once the tenant's deletion has begun, in whatever state that left it: nobody makes again what is half gone. */
  readonly needsDatabase?: true;
}

/**
 * The whole state machine. Each operation may begin in its own `during` too, because a run that was terminated by
 * hand leaves that behind, and two runs at once are already ruled out by the workflow id.
 */
export const lifecycle = {
  onboard: {
    from: ['none', 'failed', 'provisioning'],
    during: 'provisioning',
    succeeded: 'ready',
    failed: 'failed',
    undoneLater: true,
  },
  /** A project that was there before stays as it was when it is not taken. */
  adopt: { from: ['none', 'adopting'], during: 'adopting', succeeded: 'ready', failed: 'none' },
  changePlan: { from: ['ready', 'updating'], during: 'updating', succeeded: 'ready', failed: 'as-before' },
  /** Files that were applied before one that failed stay applied: each is a transaction of its own. */
  migrate: { from: ['ready', 'updating'], during: 'updating', succeeded: 'ready', failed: 'as-before' },
  rotateCredentials: {
    from: ['ready', 'updating'],
    during: 'updating',
    succeeded: 'ready',
    failed: 'as-before',
  },
  snapshot: { from: ['ready', 'updating'], during: 'updating', succeeded: 'ready', failed: 'as-before' },
  branch: { from: ['ready', 'updating'], during: 'updating', succeeded: 'ready', failed: 'as-before' },
  /** Migrations are tried on a branch; the tenant stays as it is. */
  rehearse: { from: ['ready', 'updating'], during: 'updating', succeeded: 'ready', failed: 'as-before' },
  /** A snapshot is restored to a branch and looked into; the tenant stays as it is. */
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
  /** Makes it again what it was in the state that it was in last. */
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
  /** Nothing of the tenant is left at Neon by then; a tombstone keeps its id from being used again by accident. */
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
