import { type Kysely, type Selectable, sql } from 'kysely';
import { numberOf } from '../tenancy/migration-files.js';
import { sizeOf } from '../tenancy/rollout.js';
import { storableJson } from '../tenancy/storable.js';
import { tenantFilterSchema } from '../tenancy/tenant-filter.js';
import type { CatalogSchema, RolloutsTable } from './schema.js';
import { idByCodePoint, meant } from './tenant-conditions.js';

export interface Enrolment {
  /** For a rollout of migrations: the newest migration to apply, without `.sql`. */
  readonly to?: string | undefined;
  /** The contract that would be next, and the tenants and builds that hold it back. */
  readonly heldBack?: string | undefined;
}

/** The most tenants that one statement makes members: at most a second of work. */
const page = 20_000;

/**
 * Makes the next page of matching tenants members of a rollout. When no more are left, it assigns the members to
 * waves. The assignment is pseudo-random but always the same: if a canary took the first names, it would always be
 * the same tenants. Returns whether all are enrolled.
 */
export function enrolTenants(
  db: Kysely<CatalogSchema>,
  fleet: string,
  id: string,
  { to, heldBack }: Enrolment,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const row = await tx
      .selectFrom('rollouts')
      .select(['filter', 'waves', 'verb', 'request', 'enrolled_to', 'enrolled_at'])
      .where('fleet', '=', fleet)
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined || row.enrolled_at !== null) return true;
    const filter = tenantFilterSchema.parse(row.filter);
    const last = row.waves.length - 1;
    const ids = await tx
      .selectFrom('tenants')
      .select('tenants.id')
      .where((tenants) => meant(tenants, fleet, filter))
      .$if(row.enrolled_to !== null, (query) =>
        query.where(sql<boolean>`${idByCodePoint} > ${row.enrolled_to}`),
      )
      .orderBy(idByCodePoint)
      .limit(page)
      .execute();
    if (ids.length > 0)
      await sql`insert into tenantry.rollout_tenants (fleet, rollout_id, tenant_id, wave)
        select ${fleet}, ${id}, unnest(${ids.map((tenant) => tenant.id)}::text[]), ${last}
        on conflict do nothing`.execute(tx);
    if (ids.length === page) {
      await tx
        .updateTable('rollouts')
        .set({ enrolled_to: ids.at(-1)?.id ?? null, seen_at: sql`now()` })
        .where('fleet', '=', fleet)
        .where('id', '=', id)
        .execute();
      return false;
    }
    const { tenants } = await tx
      .selectFrom('rollout_tenants')
      .select((query) => query.fn.countAll<string>().as('tenants'))
      .where('fleet', '=', fleet)
      .where('rollout_id', '=', id)
      .executeTakeFirstOrThrow();
    await analyzeMembers(tx);
    for (const [wave, { where = {}, size }] of row.waves.slice(0, -1).entries()) {
      const only = tenantFilterSchema.parse(where);
      await tx
        .updateTable('rollout_tenants')
        .set({ wave })
        .where('fleet', '=', fleet)
        .where('rollout_id', '=', id)
        .where('tenant_id', 'in', (query) =>
          query
            .selectFrom('rollout_tenants as left')
            .select('left.tenant_id')
            .where('left.fleet', '=', fleet)
            .where('left.rollout_id', '=', id)
            .where('left.wave', '=', last)
            .where('left.tenant_id', 'in', (matching) =>
              matching
                .selectFrom('tenants')
                .select('tenants.id')
                .where((tenants) => meant(tenants, fleet, only)),
            )
            .orderBy(sql`md5(${id} || ${sql.ref('left.tenant_id')})`)
            .limit(sizeOf(size, Number(tenants))),
        )
        .execute();
    }
    await tx
      .updateTable('rollouts')
      .set({
        enrolled_at: sql`now()`,
        trouble: null,
        seen_at: sql`now()`,
        held_back: heldBack ?? null,
        ...(to === undefined
          ? {}
          : { request: storableJson({ ...row.request, to }), base: await newestBefore(tx, fleet, to) }),
      })
      .where('fleet', '=', fleet)
      .where('id', '=', id)
      .execute();
    return true;
  });
}

/**
 * Until it has analyzed the table, which happens automatically within a minute, Postgres plans for a few rows, with
 * joins of all rows with all.
 */
export async function analyzeMembers(tx: Kysely<CatalogSchema>): Promise<void> {
  await sql`analyze tenantry.rollout_tenants`.execute(tx);
}

/** The newest migration before `to` that any tenant has. */
async function newestBefore(tx: Kysely<CatalogSchema>, fleet: string, to: string): Promise<string | null> {
  const number = sql<string>`substring(schema_version from '^[0-9]+')::numeric`;
  const row = await tx
    .selectFrom('tenants')
    .select('schema_version')
    .where('fleet', '=', fleet)
    .where('schema_version', '~', '^[0-9]')
    .where(number, '<', String(numberOf(to)))
    .orderBy(number, 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.schema_version ?? null;
}

/** After this many new members at once, the planner's statistics are updated. */
const manyAtOnce = 5_000;

/** Enrols matching tenants that were onboarded during the rollout. Returns whether there were any. */
export async function enrolLatecomers(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: { readonly fleet: string; readonly id: string },
  { filter, waves, request }: Selectable<RolloutsTable>,
): Promise<boolean> {
  const to = typeof request.to === 'string' ? String(numberOf(request.to)) : undefined;
  if (to === undefined) return false;
  const { numInsertedOrUpdatedRows: came = 0n } = await tx
    .insertInto('rollout_tenants')
    .columns(['fleet', 'rollout_id', 'tenant_id', 'wave'])
    .expression((query) =>
      query
        .selectFrom('tenants')
        .select(({ val, cast }) => [
          'tenants.fleet',
          cast<string>(val(id), 'text').as('rollout_id'),
          'tenants.id',
          cast<number>(val(waves.length - 1), 'integer').as('wave'),
        ])
        .where((tenants) => meant(tenants, fleet, tenantFilterSchema.parse(filter)))
        .where('tenants.state', '=', 'ready')
        .where(
          sql<boolean>`coalesce(substring(tenants.schema_version from '^[0-9]+')::numeric, -1) < ${to}::numeric`,
        )
        .where((tenants) =>
          tenants.not(
            tenants.exists(
              tenants
                .selectFrom('rollout_tenants as member')
                .select('member.tenant_id')
                .where('member.fleet', '=', fleet)
                .where('member.rollout_id', '=', id)
                .whereRef('member.tenant_id', '=', 'tenants.id'),
            ),
          ),
        ),
    )
    .executeTakeFirstOrThrow();
  if (came > BigInt(manyAtOnce)) await analyzeMembers(tx);
  return came > 0n;
}
