import type { LeftBy } from '../../catalog/schema.js';
import { failure } from '../../tenancy/failures.js';
import { type HookName, hookNames } from '../../tenancy/hooks.js';
import type { SettledState, TenantOperation } from '../../tenancy/lifecycle.js';
import { refusal } from '../../tenancy/refusal.js';
import type { Dependencies } from '../dependencies.js';
import { type TenantInput, writerOf } from '../tenant-input.js';
import { takeTenant } from './take-tenant.js';

/** The tenant as an operation found it: ids and names, nothing secret. */
export interface OperationBegun {
  /** The tenant is already where the operation leads. */
  readonly nothingToDo: boolean;
  readonly plan: string;
  readonly projectId: string | undefined;
  readonly appRole: string;
  /** The state that it was in last and that lasts; absent for a tenant that was in none yet. */
  readonly settled?: SettledState;
  /** It was suspended before, not ready. */
  readonly wasSuspended: boolean;
  /** The operation and the run that left it in a passing state; absent where it was in one that lasts. */
  readonly left?: LeftBy;
  /** What an earlier run has made for it, or may have made, is to go first. */
  readonly leftover?: boolean;
  /** There is a database to work in: it was ready or suspended, and the catalog has its logins. */
  readonly hasDatabase: boolean;
  /** The hooks that the worker's fleet has. */
  readonly hooks: readonly HookName[];
}

/** Takes the tenant for this run, or says why the operation cannot begin. */
export function beginOperation({ catalog, fleet, runs }: Dependencies) {
  return async (
    input: TenantInput & {
      readonly operation: TenantOperation;
      readonly asked: Readonly<Record<string, unknown>>;
    },
  ): Promise<OperationBegun> => {
    const beginning = await takeTenant({ catalog, runs }, input, (seenClosed) =>
      catalog.operations.begin(writerOf(input), input.operation, input.asked, seenClosed),
    );
    if (beginning.kind === 'refused') {
      throw failure('TenantStateConflict', refusal(input.operation, beginning.state));
    }
    const { plan, projectId, appRole, settledState } = beginning.tenant;
    const kinds = (await catalog.secrets.kinds(input.tenant)).map(({ kind }) => kind);
    return {
      nothingToDo: beginning.kind === 'nothing-to-do',
      plan,
      projectId,
      appRole,
      ...(settledState === undefined ? {} : { settled: settledState }),
      wasSuspended: settledState === 'suspended',
      ...(beginning.kind === 'begun' && beginning.left !== undefined ? { left: beginning.left } : {}),
      hasDatabase:
        projectId !== undefined &&
        (settledState === 'ready' || settledState === 'suspended') &&
        // The owner's can be fetched again; the application's goes with the deletion.
        kinds.includes('app'),
      hooks: hookNames(fleet.hooks),
    };
  };
}
