import type { TenantOperation, TenantState } from '../../tenancy/lifecycle.js';
import type { Dependencies } from '../dependencies.js';
import { type TenantStep, writerOf } from '../tenant-step.js';

/** Adds a line to the tenant's audit trail. */
export function noteHistory({ catalog }: Dependencies) {
  return (
    step: TenantStep & {
      readonly operation: TenantOperation;
      readonly state: TenantState | 'none';
      readonly detail: Readonly<Record<string, unknown>>;
    },
  ): Promise<void> => catalog.history.note(writerOf(step), step.operation, step.state, step.detail);
}
