import type { Catalog } from '../catalog/catalog.js';
import type { Tenant } from '../catalog/tenant.js';
import { isSettled, type TenantOperation, transitionOf } from '../tenancy/lifecycle.js';
import type { Progress, Wait } from '../tenancy/progress.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { TemporalUnreachableError } from './errors.js';
import type { OperationStarter } from './operation-starter.js';
import { stepsIn } from './steps-in.js';
import { workerAbsence } from './worker-absence.js';

/** A tenant's accepted operation that has not ended, and its progress. */
export interface OperationStatus {
  readonly operation: TenantOperation;
  readonly workflowId: string;
  readonly runId: string;
  /** Its steps, in order; empty until a worker has begun it. */
  readonly steps: Progress;
  /** Why it does not continue at the moment, if it does not. */
  readonly wait: Wait | undefined;
}

/**
 * How long Temporal may take, in milliseconds, to say whether there is an operation that the catalog does not have:
 * the caller is waiting for the rest.
 */
const lookMs = 2_000;

/**
 * Reads the catalog, and asks Temporal about an operation that has not begun. `undefined` when none is under way.
 * Throws `TemporalUnreachableError` when only Temporal could say.
 */
export async function operationStatus(
  catalog: Pick<Catalog, 'history'>,
  operations: OperationStarter,
  id: TenantId,
): Promise<OperationStatus | undefined> {
  const { feed, fleet } = operations;
  const look = await feed.look(id);
  const absence = look && workerAbsence(look.worker, feed.taskQueue);
  const run = look?.run;
  if (run !== undefined && !isSettled(run.state) && (await isOpen(operations, id, run.runId))) {
    const began = await catalog.history.beginning({ fleet: fleet.name, id }, run.runId);
    if (began === undefined) return undefined;
    const { operation, workflowId } = began;
    return { operation, workflowId, runId: run.runId, steps: stepsIn(run), wait: absence ?? run.wait };
  }
  const latest = await operations.running(id, lookMs);
  if (latest === undefined) return undefined;
  const { operation, workflowId, runId } = latest;
  if (runId !== run?.runId) return { operation, workflowId, runId, steps: [], wait: absence };
  // The tenant is in the operation's final state; only a hook may still run.
  const steps = stepsIn(run);
  if (!steps.some(({ status }) => status === 'running')) return undefined;
  return { operation, workflowId, runId, steps, wait: absence ?? run.wait };
}

/** A run may have stopped in the middle, or been terminated. While Temporal is out of reach, no run ends. */
async function isOpen(operations: OperationStarter, id: TenantId, runId: string): Promise<boolean> {
  try {
    return await operations.isOpen(id, runId, lookMs);
  } catch (error) {
    if (error instanceof TemporalUnreachableError) return true;
    throw error;
  }
}

/** A tenant whose onboarding was accepted but has not begun: the catalog has no row for it yet. */
export async function acceptedTenant(
  operations: OperationStarter,
  id: TenantId,
): Promise<Tenant | undefined> {
  const running = await operations.running(id, lookMs);
  if (running === undefined || !bringsUp.has(running.operation)) return undefined;
  const { plan, customer, preview } = running.request;
  // A preview creates no tenant.
  if (typeof plan !== 'string' || preview === true) return undefined;
  return {
    fleet: operations.fleet.name,
    id,
    state: transitionOf(running.operation).during,
    settledState: undefined,
    plan,
    customer: typeof customer === 'string' ? customer : undefined,
    projectName: '',
    projectId: undefined,
    region: undefined,
    databaseName: '',
    ownerRole: '',
    adopted: running.operation === 'adopt',
    appRole: '',
    schemaVersion: undefined,
    access: undefined,
    failure: undefined,
    trouble: undefined,
    runId: running.runId,
    createdAt: running.startedAt,
    updatedAt: running.startedAt,
    readyAt: undefined,
  };
}

const bringsUp: ReadonlySet<TenantOperation> = new Set<TenantOperation>(['onboard', 'adopt']);
