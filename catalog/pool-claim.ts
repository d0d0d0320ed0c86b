import { type Kysely, sql } from 'kysely';
import type { WantedPool } from '../tenancy/pool.js';
import { newestMark } from '../tenancy/pool.js';
import type { SecretStore } from '../tenancy/secret-store.js';
import { noTenant } from '../tenancy/tenant-id.js';
import { lockWorkedOnTenant } from './held-tenant.js';
import { intendProject, now, type Project, projectNamed } from './projects.js';
import type { CatalogSchema } from './schema.js';
import { SealError } from './seal.js';
import type { Writer } from './tenant.js';

/** What a project of the pool must be like. */
export type PoolFit = Pick<WantedPool, 'plan' | 'settingsMark' | 'schemaMarks'>;

/**
 * Makes a project of the pool the tenant's live one, in place of the tenant's own row, for which nothing was ever sent.
 * Must be called in a transaction.
 */
export async function claimFromPool(
  tx: Kysely<CatalogSchema>,
  secrets: SecretStore,
  writer: Writer,
  name: string,
  fit: PoolFit,
): Promise<Project | undefined> {
  const { fleet, id } = writer;
  await lockWorkedOnTenant(tx, writer);
  const own = await projectNamed(tx, name);
  if (own?.neonId !== undefined) return own;
  // A create of the tenant's own that may still turn up is looked for by that row.
  const { numDeletedRows } = await tx
    .deleteFrom('projects')
    .where('name', '=', name)
    .where('fleet', '=', fleet)
    .where('tenant_id', '=', id)
    .where('role', '=', 'live')
    .where('neon_id', 'is', null)
    .where('create_posts', '=', 0)
    .where('unanswered_creates', '=', 0)
    .where('in_doubt_since', 'is', null)
    .executeTakeFirstOrThrow();
  if (numDeletedRows === 0n) return undefined;
  const unopened: string[] = [];
  for (;;) {
    await sql`savepoint taking`.execute(tx);
    const taken = await takeOne(tx, fleet, fit, unopened);
    if (taken === undefined) break;
    const { neonId } = (await projectNamed(tx, taken)) ?? {};
    const kind = `project:${neonId ?? ''}` as const;
    let owner: string | undefined;
    try {
      owner = neonId === undefined ? undefined : await secrets.open({ fleet, id: noTenant }, kind);
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      // A worker with the right key can take it; a new tenant needs no old key.
      await sql`rollback to savepoint taking`.execute(tx);
      unopened.push(taken);
      continue;
    }
    if (neonId === undefined || owner === undefined) {
      // Nobody can log in to it any more: the sweep deletes it, and another one is taken.
      await tx
        .updateTable('projects')
        .set({ role: 'condemned', due_at: now })
        .where('name', '=', taken)
        .execute();
      continue;
    }
    await tx
      .updateTable('projects')
      .set({ name, pool_name: taken, tenant_id: id, role: 'live', created_at: now })
      .where('name', '=', taken)
      .where('role', '=', 'pooled')
      .execute();
    await secrets.put({ fleet, id }, 'owner', owner);
    await secrets.remove({ fleet, id: noTenant }, kind);
    // What it used before stays the pool's.
    await tx
      .updateTable('usage_projects')
      .set({ tenant_id: id, plan: null })
      .where('project_id', '=', neonId)
      .execute();
    return projectNamed(tx, name);
  }
  await intendProject(tx, writer, name, 'live');
  return undefined;
}

/**
 * Takes one row out of the pool, in one statement: of two at the same moment, the second skips the row that the first
 * has locked. The oldest goes first, and one that needs no migration before all others.
 */
async function takeOne(
  tx: Kysely<CatalogSchema>,
  fleet: string,
  fit: PoolFit,
  without: readonly string[],
): Promise<string | undefined> {
  const { rows } = await sql<{ readonly name: string }>`
    delete from tenantry.pool_projects where name = (
      select name from tenantry.pool_projects
      where fleet = ${fleet} and plan = ${fit.plan} and ready_at is not null and settings_mark = ${fit.settingsMark}
        and schema_mark = any(${fit.schemaMarks}::text[]) and name <> all(${without}::text[])
      order by schema_mark = ${newestMark(fit)} desc, created_at, name
      for update skip locked
      limit 1
    ) returning name`.execute(tx);
  return rows[0]?.name;
}
