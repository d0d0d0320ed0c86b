import { failure } from '../../tenancy/failures.js';
import { type RestorePoint, restorePointIn } from '../../tenancy/restore-point.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';

/** The source of a restore's data, in Neon's ids. */
export type RestoreSource =
  | { readonly kind: 'snapshot'; readonly snapshotId: string }
  /** The live branch itself, at that time. */
  | { readonly kind: 'time'; readonly time: string }
  | { readonly kind: 'state'; readonly branchId: string };

/** Finds the restore point before anything is changed. Throws `RequestUnfit`. */
export function findRestoreSource({ catalog }: Dependencies) {
  return async ({
    tenant,
    projectId,
    to,
    keptSeconds,
  }: ProjectInput & {
    readonly to: RestorePoint;
    /** How far back Neon keeps the project's history. */
    readonly keptSeconds?: number;
  }): Promise<RestoreSource> => {
    if (Object.keys(to).length !== 1) throw unfit('say one of snapshot, time and state');
    if ('time' in to) {
      const takenAt = (await catalog.projects.withId(projectId))?.takenAt;
      return { kind: 'time', time: reachable(to.time, keptSeconds, takenAt) };
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

function reachable(time: string, keptSeconds: number | undefined, takenAt: Date | undefined): string {
  const at = /(?:Z|[+-]\d\d:?\d\d)$/i.test(time) ? new Date(time) : undefined;
  if (at === undefined || Number.isNaN(at.getTime()))
    throw unfit(`"${time}" is no time with its offset, such as 2026-03-01T12:00:00Z`);
  if (at.getTime() > Date.now()) throw unfit(`${at.toISOString()} is in the future`);
  // Neon would restore what the project was in the pool: empty, without the tenant's role, and of an older schema.
  if (takenAt !== undefined && at < takenAt)
    throw unfit(
      `${at.toISOString()} is too long ago: the tenant had no database before ${takenAt.toISOString()}`,
    );
  if (keptSeconds === undefined) return at.toISOString();
  const earliest = new Date(Date.now() - keptSeconds * 1000);
  if (at < earliest) {
    throw unfit(
      `${at.toISOString()} is too long ago: the project keeps history for ${keptSeconds} s, so the earliest is ${earliest.toISOString()}`,
    );
  }
  return at.toISOString();
}

function unfit(message: string) {
  return failure('RequestUnfit', message);
}
