import { failure } from '../tenancy/failures.js';
import { type RestorePoint, restorePointIn } from '../tenancy/restore-point.js';
import type { Dependencies } from './dependencies.js';
import { knownPlan } from './known-plan.js';
import { knownTenant } from './known-tenant.js';
import type { ProjectStep } from './tenant-step.js';

/** What a restore takes its data from, in Neon's ids. */
export type RestoreSource =
  | { readonly kind: 'snapshot'; readonly snapshotId: string }
  /** The live branch itself, as it was then. */
  | { readonly kind: 'time'; readonly time: string }
  | { readonly kind: 'state'; readonly branchId: string };

/** Finds what is asked for, or refuses with `RequestUnfit`, before anything is changed. */
export function findRestoreSource({ catalog, fleet }: Dependencies) {
  return async ({
    tenant,
    projectId,
    to,
  }: ProjectStep & { readonly to: RestorePoint }): Promise<RestoreSource> => {
    if (Object.keys(to).length !== 1) throw unfit('say one of snapshot, time and state');
    if ('time' in to) {
      const { plan } = await knownTenant(catalog, tenant);
      return { kind: 'time', time: reachable(to.time, knownPlan(fleet, plan).historyRetentionSeconds) };
    }
    const [kind, name] =
      'snapshot' in to ? (['snapshot', to.snapshot] as const) : (['kept-state', to.state] as const);
    const found = await catalog.resources.get(tenant, kind, name);
    if (found === undefined) throw unfit(`the tenant has no ${restorePointIn(to)}`);
    if (found.expiresAt !== undefined && found.expiresAt.getTime() <= Date.now())
      throw unfit(`${restorePointIn(to)} expired on ${found.expiresAt.toISOString()}`);
    if (found.projectId !== projectId)
      throw unfit(`${restorePointIn(to)} is of project ${found.projectId}, where the tenant was before`);
    return kind === 'snapshot'
      ? { kind: 'snapshot', snapshotId: found.neonId }
      : { kind: 'state', branchId: found.neonId };
  };
}

/** Where the plan does not say how long history is kept, Neon says so. */
function reachable(time: string, retentionSeconds: number | undefined): string {
  const at = /(?:Z|[+-]\d\d:?\d\d)$/i.test(time) ? new Date(time) : undefined;
  if (at === undefined || Number.isNaN(at.getTime()))
    throw unfit(`"${time}" is no time with its offset, such as 2026-03-01T12:00:00Z`);
  if (at.getTime() > Date.now()) throw unfit(`${at.toISOString()} is in the future`);
  if (retentionSeconds === undefined) return at.toISOString();
  const earliest = new Date(Date.now() - retentionSeconds * 1000);
  if (at < earliest) {
    throw unfit(
      `${at.toISOString()} is too long ago: the plan keeps history for ${retentionSeconds} s, so the earliest is ${earliest.toISOString()}`,
    );
  }
  return at.toISOString();
}

function unfit(message: string) {
  return failure('RequestUnfit', message);
}
