import { type Kysely, sql } from 'kysely';
import type { WantedPool } from '../tenancy/pool.js';
import { storableJson } from '../tenancy/storable.js';
import { now } from './projects.js';
import type { CatalogSchema } from './schema.js';

/** The plans' pools as a table of the query. */
function tableOf(wanted: readonly WantedPool[]) {
  const rows = wanted.map(({ plan, size, settingsMark, schemaMarks }) => ({
    plan,
    size,
    settings: settingsMark,
    schemas: schemaMarks,
    newest: schemaMarks.at(-1),
  }));
  return sql`jsonb_to_recordset(${storableJson(rows)}::jsonb)
    as w (plan text, size integer, settings text, schemas jsonb, newest text)`;
}

/**
 * A project that is unfit is kept for a while: while a deploy is under way, workers of two releases want different
 * ones, and each would delete the other's.
 */
export async function reviewPools(
  tx: Kysely<CatalogSchema>,
  fleet: string,
  wanted: readonly WantedPool[],
  graceMs: number,
): Promise<string[]> {
  await sql`
    with ranked as (
      select p.name, w.size,
        row_number() over (
          partition by p.plan order by p.ready_at is null, p.schema_mark is distinct from w.newest, p.created_at, p.name
        ) as place
      from tenantry.pool_projects p
      join ${tableOf(wanted)} on w.plan = p.plan and w.settings = p.settings_mark
        and (p.ready_at is null or w.schemas ? p.schema_mark)
      where p.fleet = ${fleet}
    ),
    judged as (
      select p.name, exists (select from ranked r where r.name = p.name and r.place <= r.size) as fits
      from tenantry.pool_projects p where p.fleet = ${fleet}
    )
    update tenantry.pool_projects p set unfit_since = case when judged.fits then null else now() end
    from judged where judged.name = p.name and judged.fits = (p.unfit_since is not null)`.execute(tx);
  const unfit = await tx
    .selectFrom('pool_projects')
    .select('name')
    .where('fleet', '=', fleet)
    .where('unfit_since', '<=', sql<Date>`now() - ${graceMs}::float8 * interval '1 millisecond'`)
    .forUpdate()
    .skipLocked()
    .execute();
  await condemnPooled(
    tx,
    unfit.map(({ name }) => name),
  );
  if (wanted.length === 0) return [];
  const ready = sql`(
    select count(*) from tenantry.pool_projects p
    where p.fleet = ${fleet} and p.plan = w.plan and p.ready_at is not null and p.settings_mark = w.settings
      and p.schema_mark = w.newest
  )`;
  // For a pool that is full no run is started, which would clear it.
  await sql`
    delete from tenantry.pool_troubles t using ${tableOf(wanted)}
    where t.fleet = ${fleet} and t.plan = w.plan and w.size <= ${ready}`.execute(tx);
  const { rows } = await sql<{ readonly plan: string }>`
    select w.plan from ${tableOf(wanted)}
    left join tenantry.pool_troubles t on t.fleet = ${fleet} and t.plan = w.plan
    where coalesce(t.due_at <= now(), true) and w.size > ${ready}
    order by w.plan`.execute(tx);
  return rows.map(({ plan }) => plan);
}

/** What was never asked of Neon is forgotten at once; the rest is due for the sweep, which deletes it. */
export async function condemnPooled(tx: Kysely<CatalogSchema>, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await tx.deleteFrom('pool_projects').where('name', 'in', names).execute();
  await tx
    .deleteFrom('projects')
    .where('name', 'in', names)
    .where('role', '=', 'pooled')
    .where('neon_id', 'is', null)
    .where('create_posts', '=', 0)
    .execute();
  await tx
    .updateTable('projects')
    .set({ role: 'condemned', due_at: now })
    .where('name', 'in', names)
    .where('role', '=', 'pooled')
    .execute();
}
