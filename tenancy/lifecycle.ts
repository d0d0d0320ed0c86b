/** Where a tenant stands. A tenant that the catalog has never heard of has no state. */
export type TenantState = 'provisioning' | 'ready' | 'failed';

/** What can be asked for a tenant. */
export type TenantOperation = 'onboard';

interface Transition {
  /** The states in which the operation may begin; `undefined` is a tenant not heard of yet. */
  readonly from: readonly (TenantState | undefined)[];
  readonly during: TenantState;
  readonly succeeded: TenantState;
  readonly failed: TenantState;
}

/**
 * The whole state machine. `provisioning` is among the states that onboarding may begin in, because a run that was
 * terminated by hand leaves it behind, and two runs at once are already ruled out by the workflow id.
 */
export const lifecycle: Readonly<Record<TenantOperation, Transition>> = {
  onboard: {
    from: [undefined, 'failed', 'provisioning'],
    during: 'provisioning',
    succeeded: 'ready',
    failed: 'failed',
  },
};
