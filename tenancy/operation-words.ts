import type { TenantOperation } from './lifecycle.js';

/** What people call an operation; programs have its name. */
export const operationWords = {
  onboard: 'onboarding',
  adopt: 'adoption',
  changePlan: 'change of plan',
  migrate: 'migration',
  rotateCredentials: 'rotation',
  snapshot: 'snapshot',
  branch: 'branch',
  rehearse: 'rehearsal',
  restore: 'restore',
  move: 'move',
  undoMove: 'undo of the move',
  suspend: 'suspension',
  resume: 'resumption',
  repair: 'repair',
  offboard: 'offboarding',
  erase: 'erasure',
} as const satisfies Record<TenantOperation, string>;
