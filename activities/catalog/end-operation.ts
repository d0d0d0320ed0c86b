import { accessMark } from '../../tenancy/app-role.js';
import type { FailureReason } from '../../tenancy/failure-reason.js';
import type { TenantOperation, TenantState } from '../../tenancy/lifecycle.js';
import type { Dependencies } from '../dependencies.js';
import { failed } from '../observed-operation.js';
import { type TenantInput, writerOf } from '../tenant-input.js';

export interface Ending extends TenantInput {
  readonly operation: TenantOperation;
}

/** Releases the tenant in the state that the operation leads to; returns that state. */
export function succeedOperation({ catalog, fleet, observeOperation }: Dependencies) {
  return async (
    step: Ending & {
      readonly takenBack: boolean;
      readonly change: {
        readonly plan?: string;
        readonly appRole?: string;
        readonly schemaVersion?: string | null;
        /** The tenant's own role now has the restrictions that the fleet currently demands. */
        readonly restricted?: boolean;
      };
      readonly detail: Readonly<Record<string, unknown>>;
    },
  ): Promise<TenantState | 'none'> => {
    const { operation, takenBack } = step;
    const { plan, appRole, schemaVersion, restricted } = step.change;
    const { state, repeated } = await catalog.operations.succeed(writerOf(step), operation, {
      detail: step.detail,
      takenBack,
      change: {
        ...(plan === undefined ? {} : { plan }),
        ...(appRole === undefined ? {} : { app_role: appRole }),
        ...(schemaVersion === undefined ? {} : { schema_version: schemaVersion }),
        ...(restricted ? { access: accessMark(fleet.appRole) } : {}),
      },
    });
    if (!repeated) observeOperation?.({ operation, outcome: takenBack ? 'taken_back' : 'succeeded' });
    return state;
  };
}

/**
 * Releases the tenant in its earlier state, or leaves it in the operation's hands if that state could not be
 * restored.
 */
export function failOperation({ catalog, observeOperation }: Dependencies) {
  return async (
    step: Ending & { readonly reason: FailureReason; readonly undone: boolean },
  ): Promise<TenantState | 'none'> => {
    const { operation, reason, undone } = step;
    const { state, repeated } = await catalog.operations.fail(writerOf(step), operation, reason, undone);
    if (!repeated) observeOperation?.(failed(operation, reason, undone));
    return state;
  };
}
