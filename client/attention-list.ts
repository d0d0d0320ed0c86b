import type { Catalog } from '../catalog/catalog.js';
import type { StalledTenant } from '../catalog/stalls.js';
import { isGone, type KnownWorker } from '../catalog/workers.js';
import { failureCures } from '../tenancy/failure-cures.js';
import type { FailureType } from '../tenancy/failures.js';
import { isSettled } from '../tenancy/lifecycle.js';
import { isLongWait, isOutage } from '../tenancy/long-wait.js';
import { isOverQuota } from '../tenancy/over-quota.js';
import type { Wait } from '../tenancy/progress.js';
import { takenUpBy } from '../tenancy/take-up.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { attentionTo } from './attention.js';
import type { Attention } from './attention-kinds.js';
import { backupTroubles } from './backup-troubles.js';
import { heldEvents } from './held-events.js';
import { meteringBehind } from './metering-behind.js';
import { findOpenRuns } from './open-runs.js';
import type { OperationStarter } from './operation-starter.js';
import { foldOutages, type Listed } from './outages.js';
import { poolTroubles } from './pool-troubles.js';
import { differences } from './reconcile/differences.js';
import { stoppedRollouts } from './stopped-rollouts.js';
import { unpruned } from './unpruned.js';
import { workerAbsence } from './worker-absence.js';

/** After this time without a sign of a run, in milliseconds, Temporal is asked whether it still exists. */
const longSilenceMs = 20_000;
const most = 1_000;

/**
 * Everything in a fleet that does not resolve itself: first the whole fleet's entries, then those of each tenant; at
 * most 1,000.
 */
export async function attentionList(
  catalog: Pick<
    Catalog,
    | 'stalls'
    | 'progress'
    | 'workers'
    | 'rollouts'
    | 'reconciles'
    | 'events'
    | 'usage'
    | 'backups'
    | 'drills'
    | 'pool'
    | 'retention'
  >,
  operations: OperationStarter,
): Promise<Attention[]> {
  const { fleet, taskQueue } = operations;
  const [workers, stalled, stopped, differing, held, behind, backups, pools, old, away] = await Promise.all([
    catalog.workers.of(fleet.name, taskQueue),
    catalog.stalls.of(fleet.name, { stillMs: longSilenceMs, limit: most }),
    stoppedRollouts(catalog, operations),
    differences(catalog, fleet),
    heldEvents(catalog, fleet.name),
    meteringBehind(catalog, fleet),
    backupTroubles(catalog, fleet),
    poolTroubles(catalog, fleet),
    unpruned(catalog, fleet),
    operations.away(),
  ]);
  const found: Attention[] = [];
  const absence = workerAbsence(workers[0], operations.feed.taskQueue);
  if (absence !== undefined) {
    const { reason: message, since } = absence;
    found.push({ kind: 'no-worker', message, ...(since && { since }), command: 'worker' });
  }
  const refused = toldOfKey(workers);
  if (refused !== undefined) found.push(refused);
  found.push(...stopped, ...held, ...behind, ...pools, ...old);
  const silent = stalled.filter(isSilent);
  const waiting = stalled.filter(mayBeOldWait);
  const open = await findOpenRuns(operations, [...silent, ...waiting], away);
  const withoutRun = (each: StalledTenant) => !open.has(each);
  const lost = await stillThere(silent.filter(withoutRun), fleet.name, catalog);
  const over = new Set(waiting.filter(withoutRun));
  const listed: Listed[] = [];
  for (const each of stalled) {
    const attention = lost.has(each)
      ? toldOfLostRun(each)
      : told(over.has(each) ? { ...each, wait: undefined } : each);
    if (refused !== undefined && waitsForKey(each, attention)) continue;
    if (attention === undefined) continue;
    const wait = attention.kind === 'waiting' ? each.wait : undefined;
    listed.push({ attention: { tenantId: each.tenant.id, ...attention }, wait });
  }
  found.push(...foldOutages(listed), ...backups);
  // A tenant's own entry says more than the fact that the tenant differs.
  const listedTenants = new Set(found.flatMap(({ tenantId }) => tenantId ?? []));
  found.push(...differing.filter(({ tenantId }) => tenantId === undefined || !listedTenants.has(tenantId)));
  return open.away === undefined
    ? found
    : [{ kind: 'no-temporal', message: open.away, command: 'status' }, ...found];
}

type Told = Omit<Attention, 'tenantId'>;

function toldOfKey(workers: readonly KnownWorker[]): Told | undefined {
  const refused = workers.find((worker) => worker.keyRefusal !== undefined && !isGone(worker));
  if (refused?.keyRefusal === undefined) return undefined;
  const { message, since } = refused.keyRefusal;
  return {
    kind: 'key-refused',
    message: `Neon refuses the key of worker ${refused.identity} (${message}). ${failureCures.NeonKeyRefused}`,
    since,
    command: 'doctor',
  };
}

/** Whether it continues once there is a key, and needs nothing else. */
function waitsForKey({ wait }: StalledTenant, attention: Told | undefined): boolean {
  if (attention?.kind === 'not-deleted') return true;
  return attention?.kind === 'waiting' && wait?.type === 'NeonKeyRefused';
}

/**
 * The entry that the catalog alone yields, the most serious one first. `attentionKind` of catalog/gauges.ts counts by
 * the same rule, and tests compare the two.
 */
function told(stalled: StalledTenant): Told | undefined {
  const { tenant, wait, movedAt } = stalled;
  const { id, state, failure, trouble } = tenant;
  const since = movedAt.toISOString();
  const message = attentionTo(tenant);
  if (wait !== undefined && isLongWait(wait)) return toldOfWait(id, wait);
  if (wait !== undefined && !isSettled(state)) return undefined;
  if (failure !== undefined && isOverQuota(state, failure)) {
    // Its plan can be changed once it is ready again.
    const command = state === 'suspended' ? `resume ${id}` : `plan ${id} <plan>`;
    return { kind: 'over-quota', message: failure.message, since, command };
  }
  if (message !== undefined && failure !== undefined && !isSettled(state))
    return {
      kind: 'stuck',
      message,
      since,
      command: isMissing(failure.type) ? `offboard ${id}` : takeUp(tenant),
    };
  if (state === 'failed')
    return { kind: 'failed', message: failure?.message ?? 'it failed', since, command: onboardAgain(tenant) };
  if (failure?.type === 'RoleUnfit')
    return { kind: 'drifted', message: failure.message, since, command: `repair ${id}` };
  if (trouble !== undefined && message !== undefined)
    return { kind: 'not-deleted', message, since, command: `show ${id}` };
  return undefined;
}

function toldOfWait(id: TenantId, { type, reason, attempts, since }: Wait): Told {
  const tried = `${reason}; tried ${attempts === 1 ? 'once' : `${attempts} times`}`;
  const told = { kind: 'waiting', ...(since === undefined ? {} : { since }) } as const;
  return isOutage(type)
    ? { ...told, message: `${tried}. ${failureCures[type]}`, command: `show ${id}` }
    : { ...told, message: tried, command: `give-up ${id}` };
}

/**
 * The command that takes up a tenant after its run stopped in the middle. For a state that the sweep would not take
 * up, this is a repeated onboarding or adoption.
 */
function takeUp(tenant: StalledTenant['tenant']): string {
  const { id, state } = tenant;
  const by = isSettled(state) ? 'repair' : takenUpBy[state];
  if (by === 'give up') return onboardAgain(tenant);
  return by === 'leave' ? `adopt ${id} --project <project>` : `${by} ${id}`;
}

/** With the original plan: without it, the tenant would get the fleet's default one. */
function onboardAgain({ id, plan }: StalledTenant['tenant']): string {
  return `onboard ${id} --plan ${plan}`;
}

/** Its project no longer exists at Neon, and no repair creates another. */
function isMissing(type: FailureType): boolean {
  return type === 'NeonNotFound';
}

/**
 * A run may wait for a hook after its tenant has reached its final state. If that run has ended, the recorded wait is
 * outdated.
 */
function mayBeOldWait({ tenant, wait }: StalledTenant): boolean {
  return wait !== undefined && isSettled(tenant.state) && isLongWait(wait);
}

/** Whether a run holds the tenant and shows no sign of life, although it waits for nothing. */
function isSilent({ tenant: { state, failure }, stillForMs, until }: StalledTenant): boolean {
  if (isSettled(state) || failure !== undefined || stillForMs < longSilenceMs) return false;
  return until === undefined || Date.parse(until) <= Date.now();
}

/** Of tenants whose runs no longer exist, those that are unchanged: another run may have taken one since. */
async function stillThere(
  stalled: readonly StalledTenant[],
  fleet: string,
  { progress }: Pick<Catalog, 'progress'>,
): Promise<ReadonlySet<StalledTenant>> {
  const now = await progress.of(
    fleet,
    stalled.map(({ tenant }) => tenant.id),
  );
  const byId = new Map(now.map((run) => [run.tenantId, run]));
  return new Set(
    stalled.filter(({ tenant: { id, runId, state } }) => {
      const run = byId.get(id);
      return run?.runId === runId && run.state === state;
    }),
  );
}

function toldOfLostRun({ tenant, movedAt }: StalledTenant): Told {
  const message = `it is ${tenant.state}, and the run that made it so, ${tenant.runId}, was ended by force`;
  return { kind: 'no-run', message, since: movedAt.toISOString(), command: takeUp(tenant) };
}
