import type { BackupOverdue, UnknownPlan } from '../catalog/backups.js';
import type { Catalog } from '../catalog/catalog.js';
import { plansWithBackups } from '../tenancy/backups.js';
import type { Fleet } from '../tenancy/fleet.js';
import type { Attention } from './attention-kinds.js';

const most = 100;

/**
 * Plans that the fleet lacks, tenants that have missed a backup or whose next one keeps failing, and snapshots that
 * the last drill found broken.
 */
export async function backupTroubles(
  { backups, drills }: Pick<Catalog, 'backups' | 'drills'>,
  { name, plans, timings }: Pick<Fleet, 'name' | 'plans' | 'timings'>,
): Promise<Attention[]> {
  const [unknown, overdue, broken] = await Promise.all([
    backups.unknownPlans(name, Object.keys(plans)),
    backups.overdue(name, plansWithBackups(plans), { limit: most, lookMs: timings.backUp }),
    drills.broken(name, most),
  ]);
  return [
    ...unknown.map(toldOfPlan),
    ...broken.map(({ tenantId, snapshot, problem, at }): Attention => {
      const message = problem?.message ?? `snapshot "${snapshot}" is broken`;
      const since = at.toISOString();
      return { kind: 'snapshot-broken', tenantId, message, since, command: `drill run ${tenantId}` };
    }),
    ...overdue.map(toldOfBackup),
  ];
}

function toldOfPlan({ plan, tenants, some }: UnknownPlan): Attention {
  const others = tenants > some.length ? ' and others' : '';
  const who = tenants === 1 ? '1 tenant has' : `${tenants === 1_000 ? '1000 or more' : tenants} tenants have`;
  return {
    kind: 'unknown-plan',
    message: `${who} the plan "${plan}", which the fleet lacks, so no backup is taken: ${some.join(', ')}${others}`,
    command: some.length === 1 ? `plan ${some[0]} <plan>` : 'doctor',
  };
}

function toldOfBackup({ tenantId, backedUpAt, isLate, failed }: BackupOverdue): Attention {
  const since = backedUpAt?.toISOString();
  const newest = since === undefined ? 'it has no backup' : `its newest backup is of ${since}`;
  const missed = isLate && since !== undefined ? ': at least one was missed' : '';
  const tried =
    failed === undefined
      ? ''
      : `. The next failed ${failed.tries === 1 ? 'once' : `${failed.tries} times`}, and is tried again ${failed.nextAt.toISOString()}: ${failed.trouble}`;
  return {
    kind: 'backup-overdue',
    tenantId,
    message: `${newest}${missed}${tried}`,
    ...(since && { since }),
    command: `history ${tenantId}`,
  };
}
