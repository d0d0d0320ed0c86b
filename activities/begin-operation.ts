import { failure } from '../tenancy/failures.js';
import { type HookName, hookNames } from '../tenancy/hooks.js';
import { refusal, type TenantOperation } from '../tenancy/lifecycle.js';
import type { Dependencies } from './dependencies.js';
import { type TenantStep, writerOf } from './tenant-step.js';

/** The tenant as an operation found it: ids and names, nothing secret. */
export interface OperationBegun {
  /** The tenant is already where the operation leads. */
  readonly nothingToDo: boolean;
  readonly plan: string;
  readonly projectId: string | undefined;
  readonly appRole: string;
  /** It was suspended before, not ready. */
  readonly wasSuspended: boolean;
  /** The hooks that the worker's fleet has. */
  readonly hooks: readonly HookName[];
}

/** Takes the tenant for this run, or says why the operation cannot begin. */
export function beginOperation({ catalog, fleet }: Dependencies) {
  return async (
    step: TenantStep & {
      readonly operation: TenantOperation;
      readonly asked: Readonly<Record<string, unknown>>;
    },
  ): Promise<OperationBegun> => {
    const beginning = await catalog.operations.begin(writerOf(step), step.operation, step.asked);
    if (beginning.kind === 'refused') {
      throw failure('TenantStateConflict', refusal(step.operation, beginning.state));
    }
    const { plan, projectId, appRole, settledState } = beginning.tenant;
    return {
      nothingToDo: beginning.kind === 'nothing-to-do',
      plan,
      projectId,
      appRole,
      wasSuspended: settledState === 'suspended',
      hooks: hookNames(fleet.hooks),
    };
  };
}
