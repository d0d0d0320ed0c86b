import type { TenantOperation, TenantState } from '../../tenancy/lifecycle.js';
import type { Dependencies } from '../dependencies.js';
import { type TenantInput, writerOf } from '../tenant-input.js';

/** Adds an entry to the tenant's audit trail. */
export function noteHistory({ catalog }: Dependencies) {
  return (
    input: TenantInput & {
      readonly operation: TenantOperation;
      readonly state: TenantState | 'none';
      readonly detail: Readonly<Record<string, unknown>>;
    },
  ): Promise<void> => catalog.history.note(writerOf(input), input.operation, input.state, input.detail);
}
