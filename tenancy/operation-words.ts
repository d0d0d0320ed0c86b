import type { TenantOperation } from './lifecycle.js';

/** The word for an operation in sentences; programs use its name. */
export const operationWords = {
  onboard: 'onboarding',
  adopt: 'adoption',
  changePlan: 'change of plan',
  migrate: 'migration',
  rotateCredentials: 'rotation',
  snapshot: 'snapshot',
  branch: 'branch',
  rehearse: 'rehearsal',
  drill: 'drill',
  restore: 'restore',
  move: 'move',
  undoMove: 'undo of the move',
  suspend: 'suspension',
  resume: 'resumption',
  repair: 'repair',
  offboard: 'offboarding',
  erase: 'erasure',
} as const satisfies Record<TenantOperation, string>;
