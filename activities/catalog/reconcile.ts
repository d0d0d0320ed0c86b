import { activityInfo } from '@temporalio/activity';
import type { InventoryRead, ReconciledTenant } from '../../catalog/inventory.js';
import { chooseMends, mendsOf } from '../../tenancy/choose-mends.js';
import { failure } from '../../tenancy/failures.js';
import { findDifferences, listProblem, missingFrom } from '../../tenancy/find-differences.js';
import type { Inventory, RecordedTenant } from '../../tenancy/inventory.js';
import { isSettled } from '../../tenancy/lifecycle.js';
import { settingsOf } from '../../tenancy/plan-difference.js';
import { findingKey, type Mend, type MendOutcome, type ReconcileSummary } from '../../tenancy/reconcile.js';
import { reconcileLimits } from '../../tenancy/reconcile-settings.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { type Visibility, visibilityOf } from '../../tenancy/visibility.js';
import type { Dependencies } from '../dependencies.js';
import { type FleetInput, reconcileOf } from '../neon/look-for-inventory.js';
import { statusOfRun } from '../status-of-run.js';
import type { ProjectInput } from '../tenant-input.js';

/** How many projects that are missing from a list are looked up by id. */
const mostMissing = 100;
/** How many runs are looked up in Temporal. */
const mostRuns = 200;

/** Begins a reconcile of the fleet. Returns the workflow that already does so, unless that one has ended. */
export function beginReconcile({ catalog, fleet, runs }: Dependencies) {
  return async (input: FleetInput): Promise<{ readonly heldBy?: string }> => {
    refuseForeign(fleet.name, input);
    const key = reconcileOf(input);
    const { workflowId = '' } = activityInfo().workflowExecution ?? {};
    const first = await catalog.reconciles.begin(key, workflowId);
    if (first.kind === 'begun') return {};
    if ((await runs.status(first.workflowId, first.runId)) === 'open') return { heldBy: first.workflowId };
    const second = await catalog.reconciles.begin(key, workflowId, first.runId);
    return second.kind === 'begun' ? {} : { heldBy: second.workflowId };
  };
}

export interface ToLookInto {
  /** Projects of tenants that Neon's list lacks. */
  readonly missing: readonly string[];
  /** Tenants whose compute, and possibly database, to inspect. */
  readonly tenants: readonly TenantToLookInto[];
}

export interface TenantToLookInto {
  readonly tenantId: TenantId;
  readonly projectId: string;
  /** A ready tenant's database can be inspected; for a suspended one only whether its compute sleeps. */
  readonly hasDatabase: boolean;
}

/**
 * Chooses what to inspect besides Neon's list: tenants with a difference first, then those whose last
 * inspection is oldest. Throws `NeonInventoryIncomplete` for a list that proves nothing.
 */
export function whatToLookInto(dependencies: Dependencies) {
  return async (input: FleetInput): Promise<ToLookInto> => {
    const { catalog, fleet } = dependencies;
    const read = await catalog.inventories.read(reconcileOf(input));
    const problem = listProblem(read);
    if (problem !== undefined) throw failure('NeonInventoryIncomplete', problem, { nonRetryable: true });
    const inventory = { ...read, ...ofFleet(dependencies, read) };
    const differing = new Set(findDifferences(inventory).map(({ tenantId }) => tenantId));
    const listed = new Set(read.seen.map(({ neonId }) => neonId));
    const before = read.beganAt - fleet.timings.reconcileAge;
    const tenants = read.tenants
      .flatMap((tenant) => {
        const { id: tenantId, projectId, state, changedAt, lookedAt } = tenant;
        if (projectId === undefined || !listed.has(projectId) || changedAt > before) return [];
        const differs = differing.has(tenantId);
        if (state !== 'ready' && !(state === 'suspended' && differs)) return [];
        return [{ tenantId, projectId, hasDatabase: state === 'ready', rank: differs ? -1 : lookedAt }];
      })
      .sort((one, other) => one.rank - other.rank)
      .slice(0, reconcileLimits.looks)
      .map(({ rank: _, ...tenant }) => tenant);
    const missing = missingFrom(inventory).map(({ projectId }) => projectId);
    return { missing: missing.slice(0, mostMissing), tenants };
  };
}

/** A repair, and how it is done. */
export interface MendAsked {
  /** The finding's key. */
  readonly key: string;
  readonly by: Mend['by'];
  readonly tenantId?: TenantId;
  readonly projectId?: string;
  /** The operation's parameters. */
  readonly request?: Readonly<Record<string, unknown>>;
  readonly visibility?: Visibility;
  /** The dead run that holds the tenant, if there is one. */
  readonly runId?: string;
}

export interface Compared {
  readonly found: number;
  readonly mends: readonly MendAsked[];
  readonly summary: ReconcileSummary;
}

/**
 * Compares all observations with the catalog, records the differences, and returns the repairs that this run
 * may do.
 */
export function compareInventory(dependencies: Dependencies) {
  return async (
    input: FleetInput & { readonly apply: boolean; readonly wake: boolean },
  ): Promise<Compared> => {
    const { catalog, fleet } = dependencies;
    const key = reconcileOf(input);
    const passing = await passingTenants(dependencies);
    const read = await catalog.inventories.read(key);
    const inventory: Inventory = { ...read, ...ofFleet(dependencies, read, passing) };
    const findings = chooseMends(findDifferences(inventory), {
      limits: { ...reconcileLimits, deletions: fleet.reconcile.deletions },
      wake: input.wake,
      looks: read.looks,
    });
    await catalog.reconciles.noteFindings(key, findings);
    const mends: MendAsked[] = [];
    for (const { finding, mend } of input.apply ? mendsOf(findings) : []) {
      const { tenantId, projectId } = finding;
      const taken = tenantId === undefined ? undefined : passing.get(tenantId);
      const visibility =
        tenantId === undefined
          ? undefined
          : await visibilityOf(fleet, tenantId, () => catalog.installation());
      mends.push({
        key: findingKey(finding),
        by: mend.by,
        ...(tenantId !== undefined && { tenantId }),
        ...(projectId !== undefined && { projectId }),
        ...(visibility && { visibility }),
        ...(taken && {
          runId: taken.runId,
          request: mend.by === 'offboard' ? { ...taken.asked, graceMs: taken.leftMs } : {},
        }),
      });
    }
    return { found: findings.length, mends, summary: summaryOf(read) };
  };
}

type Passing = Awaited<ReturnType<typeof passingTenants>>;

/** Tenants in a transitional state, and the status of the runs that hold them. */
async function passingTenants({ catalog, fleet, runs }: Dependencies) {
  const { passing } = await catalog.duties.due(fleet.name, {
    most: 1,
    mostLooks: mostRuns,
    againMs: fleet.timings.sweep * 60,
  });
  const told = await Promise.all(
    passing.map(async (tenant) => {
      const key = { fleet: fleet.name, id: tenant.tenantId };
      return { ...tenant, run: await statusOfRun({ catalog, runs }, key, tenant.runId) };
    }),
  );
  return new Map(told.map((tenant) => [tenant.tenantId, tenant]));
}

/** Adds what the fleet and Temporal know. */
function ofFleet(
  { fleet }: Dependencies,
  { tenants }: Pick<InventoryRead, 'tenants'>,
  passing: Passing = new Map(),
): Pick<Inventory, 'ageMs' | 'tenants'> {
  const recorded = (tenant: ReconciledTenant): RecordedTenant => {
    const { id, state, changedAt, projectId, schemaVersion, plan: name, adopted } = tenant;
    const plan = Object.hasOwn(fleet.plans, name) ? fleet.plans[name] : undefined;
    // If an operation has begun or ended since, another run held the tenant.
    const run = isSettled(state) || passing.get(id)?.state !== state ? undefined : passing.get(id)?.run;
    return {
      ...{ id, state, changedAt },
      ...(projectId !== undefined && { projectId }),
      ...(schemaVersion !== undefined && { schemaVersion }),
      ...(plan && !adopted && { wanted: settingsOf(plan) }),
      ...(run && { run }),
    };
  };
  return { ageMs: fleet.timings.reconcileAge, tenants: tenants.map(recorded) };
}

function summaryOf({ seen, tenants, looks }: InventoryRead): ReconcileSummary {
  const all = [...looks.values()];
  return {
    projects: seen.length,
    tenants: tenants.length,
    lookedInto: all.length,
    asleep: all.filter(({ computes, database }) => computes === 'asleep' && database === undefined).length,
    unanswered: all.filter(({ database }) => database !== undefined && 'unanswered' in database).length,
  };
}

/** Takes a project into quarantine; returns whether it is there. */
export function takeIntoQuarantine({ catalog, fleet }: Dependencies) {
  return async (input: ProjectInput): Promise<boolean> => {
    const { tenant, projectId } = input;
    const seen = (await catalog.inventories.read(reconcileOf(tenant))).seen;
    const project = seen.find(({ neonId }) => neonId === projectId);
    if (project === undefined) return false;
    const taken = { neonId: projectId, name: project.name, tenant };
    return catalog.quarantine.take(taken, fleet.timings.quarantine);
  };
}

/** Records that nobody can wake it: from here on its quarantine period runs. */
export function noteShut({ catalog, fleet }: Dependencies) {
  return ({ projectId }: ProjectInput): Promise<void> =>
    catalog.quarantine.noteShut(projectId, fleet.timings.quarantine);
}

/** Records the outcome of a repair. */
export function noteMend({ catalog }: Dependencies) {
  return (
    input: FleetInput & { readonly key: string; readonly outcome: MendOutcome; readonly trouble?: string },
  ): Promise<void> => catalog.reconciles.noteOutcome(input.fleet, input.key, input.outcome, input.trouble);
}

/** Ends a reconcile with its summary, or with the reason why nothing was decided. */
export function endReconcile({ catalog }: Dependencies) {
  return (
    input: FleetInput & { readonly trouble?: string; readonly summary?: ReconcileSummary },
  ): Promise<void> => catalog.reconciles.end(reconcileOf(input), input);
}

function refuseForeign(own: string, { fleet }: FleetInput): void {
  if (fleet === own) return;
  const message = `a worker of fleet "${own}" took the reconcile of fleet "${fleet}"`;
  throw failure('ForeignFleet', message, { nonRetryable: false });
}
