import type { SettledState, TenantOperation, TenantState } from './lifecycle.js';

/**
 * The operation that takes up a tenant after its run was terminated, by the state that the run left. A terminated
 * onboarding is no longer wanted, so what it made is deleted. An adoption works in a database that existed before, so
 * only the person who requested it can decide whether to continue.
 */
export const takenUpBy = {
  provisioning: 'give up',
  adopting: 'leave',
  updating: 'repair',
  suspending: 'repair',
  resuming: 'repair',
  restoring: 'repair',
  moving: 'repair',
  repairing: 'repair',
  offboarding: 'offboard',
  erasing: 'erase',
} as const satisfies Record<Exclude<TenantState, SettledState>, TenantOperation | 'give up' | 'leave'>;
