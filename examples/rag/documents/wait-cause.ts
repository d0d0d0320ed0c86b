import type { DatabaseTrouble } from '../database/database-trouble.js';

/** Why the work on a document waits, as the failures of its activities name it. */
export const waitCauses = [
  'WorkspaceAway',
  'WorkspaceMoving',
  'WorkspaceFull',
  'QuotaUsedUp',
  'DatabaseAway',
  'EmbedderBusy',
  'EmbedderRefused',
  'EmbedderMissing',
  'Defect',
] as const;
export type WaitCause = (typeof waitCauses)[number];

export function isWaitCause(type: unknown): type is WaitCause {
  return waitCauses.some((cause) => cause === type);
}

export const causeOf: Readonly<Record<DatabaseTrouble, WaitCause>> = {
  moving: 'WorkspaceMoving',
  full: 'WorkspaceFull',
  quota: 'QuotaUsedUp',
  slow: 'DatabaseAway',
  away: 'DatabaseAway',
};
