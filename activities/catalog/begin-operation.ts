import type { LeftBy } from '../../catalog/schema.js';
import { failure } from '../../tenancy/failures.js';
import { type HookName, hookNames } from '../../tenancy/hooks.js';
import { type SettledState, type TenantOperation, transitionOf } from '../../tenancy/lifecycle.js';
import { operationWords } from '../../tenancy/operation-words.js';
import { refusal } from '../../tenancy/refusal.js';
import type { StartedBy } from '../../tenancy/started-by.js';
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
  /** The tenant's last settled state; absent if it had none yet. */
  readonly settled?: SettledState;
  /** The last settled state was suspended, not ready. */
  readonly wasSuspended: boolean;
  /**
   * The operation and the run that left the tenant in a transitional state; absent if its state was settled.
   */
  readonly left?: LeftBy;
  /** An earlier run has or may have created resources, which must be deleted first. */
  readonly leftover?: boolean;
  /** There is a database to work in: the tenant was ready or suspended, and the catalog has its logins. */
  readonly hasDatabase: boolean;
  /** The hooks of the worker's fleet. */
  readonly hooks: readonly HookName[];
}

/** Claims the tenant for this run, or throws the reason why the operation cannot begin. */
export function beginOperation({ catalog, fleet, runs }: Dependencies) {
  return async (
    input: TenantInput & {
      readonly operation: TenantOperation;
      readonly asked: Readonly<Record<string, unknown>>;
      readonly startedBy?: StartedBy;
    },
  ): Promise<OperationBegun> => {
    const { operation, asked, startedBy } = input;
    await refuseHalfDeleted({ catalog }, input);
    const beginning = await takeTenant({ catalog, runs }, input, (seenClosed) =>
      catalog.operations.begin(writerOf(input), operation, asked, { seenClosed, startedBy }),
    );
    if (beginning.kind === 'refused') {
      throw failure('TenantStateConflict', refusal(operation, beginning.state));
    }
    if (beginning.kind === 'overtaken') {
      const message = `the tenant is ${beginning.state}, and not in the hands of the run that this was to take up any more`;
      throw failure('TenantStateConflict', message);
    }
    const { plan, projectId, appRole, settledState } = beginning.tenant;
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
        (await hasAppLogin({ catalog }, input)),
      hooks: hookNames(fleet.hooks),
    };
  };
}

/** The owner's login can be fetched again; the application's login is removed when the deletion begins. */
async function hasAppLogin(
  { catalog }: Pick<Dependencies, 'catalog'>,
  { tenant }: TenantInput,
): Promise<boolean> {
  return (await catalog.secrets.kinds(tenant)).some(({ kind }) => kind === 'app');
}

/**
 * Checked before the tenant is claimed, so that it stays unchanged: only another offboarding resumes an
 * interrupted one.
 */
async function refuseHalfDeleted(
  { catalog }: Pick<Dependencies, 'catalog'>,
  input: TenantInput & { readonly operation: TenantOperation },
): Promise<void> {
  const { from, needsDatabase } = transitionOf(input.operation);
  if (!needsDatabase) return;
  const state = (await catalog.tenants.get(input.tenant))?.state ?? 'none';
  if (!from.includes(state) || (await hasAppLogin({ catalog }, input))) return;
  const why =
    state === 'offboarding'
      ? "the tenant's deletion has begun"
      : "the application's login is not among the tenant's secrets any more";
  const wanted = operationWords[input.operation];
  throw failure(
    'TenantStateConflict',
    `${why}, so the ${wanted} cannot begin; what can is the ${operationWords.offboard}`,
  );
}
