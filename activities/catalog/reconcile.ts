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

/** How many projects that a list lacks are asked for by their ids. */
const mostMissing = 100;
/** How many runs Temporal is asked about. */
const mostRuns = 200;

/** Begins to reconcile the fleet. Returns the workflow that does so already, unless that is over. */
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
  /** Tenants whose compute, and then perhaps whose database, is to be looked at. */
  readonly tenants: readonly TenantToLookInto[];
}

export interface TenantToLookInto {
  readonly tenantId: TenantId;
  readonly projectId: string;
  /** It is ready, so its database can be seen; of one that is suspended, only whether it sleeps. */
  readonly hasDatabase: boolean;
}

/**
 * Says what is to be looked at besides Neon's list: those with a difference first, then those that were not looked into for longest.
 * Throws `NeonInventoryIncomplete` for a list that proves nothing.
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

/** What is to be mended, and how. */
export interface MendAsked {
  /** The finding's. */
  readonly key: string;
  readonly by: Mend['by'];
  readonly tenantId?: TenantId;
  readonly projectId?: string;
  /** What the operation is asked for. */
  readonly request?: Readonly<Record<string, unknown>>;
  readonly visibility?: Visibility;
  /** Of a tenant whose run is dead: that run. */
  readonly runId?: string;
}

export interface Compared {
  readonly found: number;
  readonly mends: readonly MendAsked[];
  readonly summary: ReconcileSummary;
}

/** Compares everything that was seen with what is on record, notes what differs, and says what this run may mend of it. */
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

/** Tenants in a state that passes, and what became of the runs that have them in their hands. */
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

/** What the fleet, and Temporal, say besides. */
function ofFleet(
  { fleet }: Dependencies,
  { tenants }: Pick<InventoryRead, 'tenants'>,
  passing: Passing = new Map(),
): Pick<Inventory, 'ageMs' | 'tenants'> {
  const recorded = (tenant: ReconciledTenant): RecordedTenant => {
    const { id, state, changedAt, projectId, schemaVersion, plan: name, adopted } = tenant;
    const plan = Object.hasOwn(fleet.plans, name) ? fleet.plans[name] : undefined;
    // One whose operation has begun or ended since was in another run's hands.
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

/** Nobody can wake it any more: from here on it waits for its time. */
export function noteShut({ catalog, fleet }: Dependencies) {
  return ({ projectId }: ProjectInput): Promise<void> =>
    catalog.quarantine.noteShut(projectId, fleet.timings.quarantine);
}

/** Notes what became of a finding that was to be mended. */
export function noteMend({ catalog }: Dependencies) {
  return (
    input: FleetInput & { readonly key: string; readonly outcome: MendOutcome; readonly trouble?: string },
  ): Promise<void> => catalog.reconciles.noteOutcome(input.fleet, input.key, input.outcome, input.trouble);
}

/** Ends it: with what was compared, or with why nothing was decided. */
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
