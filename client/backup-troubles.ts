import type { Catalog } from '../catalog/catalog.js';
import { plansWithBackups } from '../tenancy/backups.js';
import type { Fleet } from '../tenancy/fleet.js';
import type { Attention } from './attention-kinds.js';

const most = 100;

/** Tenants that have missed a backup, and snapshots that the last drill found broken. */
export async function backupTroubles(
  { backups, drills }: Pick<Catalog, 'backups' | 'drills'>,
  { name, plans }: Pick<Fleet, 'name' | 'plans'>,
): Promise<Attention[]> {
  const [overdue, broken] = await Promise.all([
    backups.overdue(name, plansWithBackups(plans), most),
    drills.broken(name, most),
  ]);
  return [
    ...broken.map(({ tenantId, snapshot, problem, at }): Attention => {
      const message = problem?.message ?? `snapshot "${snapshot}" is broken`;
      const since = at.toISOString();
      return { kind: 'snapshot-broken', tenantId, message, since, command: `snapshot create ${tenantId}` };
    }),
    ...overdue.map(({ tenantId, backedUpAt }): Attention => {
      const since = backedUpAt?.toISOString();
      const message =
        since === undefined
          ? 'it has no backup'
          : `its newest backup is of ${since}: at least one was missed`;
      const command = `history ${tenantId}`;
      return { kind: 'backup-overdue', tenantId, message, ...(since && { since }), command };
    }),
  ];
}
