import type { OperationBegun } from '../../activities/catalog/begin-operation.js';
import type { ProjectInput } from '../../activities/tenant-input.js';
import type { TenantOperation } from '../../tenancy/lifecycle.js';
import { converge } from '../parts/converge.js';
import type { Activities } from './activities.js';
import { endingWith } from './failure-reason.js';
import type { Undo } from './undo.js';

/** What an operation on a tenant works with. */
interface InHand {
  readonly activities: Activities;
  readonly undo: Undo;
  readonly begun: OperationBegun;
  readonly project: ProjectInput;
}

/** The operations that lower or raise the quota. */
const changeQuota: ReadonlySet<TenantOperation> = new Set<TenantOperation>(['suspend', 'resume', 'offboard']);

/**
 * Brings a tenant back to its last settled state, whatever has happened since. Returns a sentence for each
 * repair.
 */
export function asBefore(inHand: InHand, operation: TenantOperation): Promise<string[]> {
  const { activities, undo, begun } = inHand;
  const { settled, left, hasDatabase } = begun;
  if (!hasDatabase || !lasts(settled)) {
    const message =
      'the tenant has no database to be brought back: its deletion has begun, so offboard it to the end';
    throw endingWith({ type: 'TenantStateConflict', message });
  }
  const cutOff = [undo.isRunning() ? operation : undefined, left?.operation];
  return converge(activities, inHand.project, {
    state: settled,
    asPlanned: left !== undefined || operation === 'repair',
    recover: operation === 'repair',
    quotaInDoubt: cutOff.some((of) => of !== undefined && changeQuota.has(of)),
  });
}

/** Makes that the last undo. */
export function endAsBefore(inHand: InHand, operation: TenantOperation): void {
  const { undo, begun } = inHand;
  if (!lasts(begun.settled)) return;
  undo.endWith(`bring the tenant back to ${begun.settled}`, async () => {
    await asBefore(inHand, operation);
  });
}

function lasts(settled: OperationBegun['settled']): settled is 'ready' | 'suspended' {
  return settled === 'ready' || settled === 'suspended';
}
