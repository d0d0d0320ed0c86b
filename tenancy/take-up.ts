import type { SettledState, TenantOperation, TenantState } from './lifecycle.js';

/**
 * What takes a tenant up again whose run was ended by force, by the state that it was left in. An onboarding that somebody ended
 * is not wanted any more, so what it made goes. What an adoption has begun in a database that was there
 * before, only whoever asked for it knows whether to go on with.
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
