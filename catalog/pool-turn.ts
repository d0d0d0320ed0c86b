import { type Kysely, sql } from 'kysely';
import type { WantedPool } from '../tenancy/pool.js';
import { noTenant } from '../tenancy/tenant-id.js';
import { condemnPooled } from './pool-review.js';
import type { PoolRun, PoolTask } from './pool-run.js';
import type { CatalogSchema } from './schema.js';

/** While old projects are still there, at most twice the pool's size exists. */
const mostOfSize = 2;

export async function beginTurn(
  tx: Kysely<CatalogSchema>,
  { fleet, plan, runId }: PoolRun,
  { size, refill, settingsMark, schemaMarks }: WantedPool,
  names: readonly string[],
): Promise<PoolTask[]> {
  // One turn at a time, whoever asks.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`pool/${fleet}/${plan}`}, 0))`.execute(tx);
  const left = await tx
    .selectFrom('pool_projects')
    .select('name')
    .where('fleet', '=', fleet)
    .where('plan', '=', plan)
    .where('ready_at', 'is', null)
    .where('run_id', '<>', runId)
    .forUpdate()
    .execute();
  await condemnPooled(
    tx,
    left.map(({ name }) => name),
  );
  const rows = await tx
    .selectFrom('pool_projects')
    .select(['name', 'ready_at', 'settings_mark', 'schema_mark'])
    .where('fleet', '=', fleet)
    .where('plan', '=', plan)
    .orderBy('created_at')
    .orderBy('name')
    .execute();
  const newest = schemaMarks.at(-1);
  const making = rows.filter(({ ready_at }) => ready_at === null);
  const fits = rows.filter(
    (row) =>
      row.ready_at !== null &&
      row.settings_mark === settingsMark &&
      row.schema_mark !== null &&
      schemaMarks.includes(row.schema_mark),
  );
  const free = refill - making.length;
  const toMake = Math.min(size - fits.length - making.length, mostOfSize * size - rows.length, free);
  // In a turn that is repeated, some are taken.
  const taken = await tx.selectFrom('projects').select('name').where('name', 'in', names).execute();
  const added = names
    .filter((name) => !taken.some((project) => project.name === name))
    .slice(0, Math.max(0, toMake));
  if (added.length > 0) {
    await tx
      .insertInto('projects')
      .values(
        added.map((name) => ({
          name,
          fleet,
          tenant_id: noTenant,
          role: 'pooled' as const,
          known_logins: '[]',
        })),
      )
      .execute();
    await tx
      .insertInto('pool_projects')
      .values(added.map((name) => ({ name, fleet, plan, settings_mark: settingsMark, run_id: runId })))
      .execute();
  }
  // Fewer can be taken while some are brought up to date, so that comes after the pool is full.
  const behind = fits.filter(({ schema_mark }) => schema_mark !== newest).slice(0, free - added.length);
  if (behind.length > 0 && toMake <= 0)
    await sql`
      update tenantry.pool_projects set ready_at = null, run_id = ${runId}
      where name in (
        select name from tenantry.pool_projects
        where name = any(${behind.map(({ name }) => name)}::text[]) and ready_at is not null
        for update skip locked
      )`.execute(tx);
  const tasks = await tx
    .selectFrom('pool_projects')
    .innerJoin('projects', 'projects.name', 'pool_projects.name')
    .select(['projects.name', 'projects.neon_id'])
    .where('pool_projects.fleet', '=', fleet)
    .where('pool_projects.plan', '=', plan)
    .where('pool_projects.run_id', '=', runId)
    .where('pool_projects.ready_at', 'is', null)
    .orderBy('pool_projects.created_at')
    .orderBy('projects.name')
    .execute();
  return tasks.map(({ name, neon_id }) => ({ name, ...(neon_id !== null && { projectId: neon_id }) }));
}
