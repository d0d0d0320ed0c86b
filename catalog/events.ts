import { type Kysely, sql } from 'kysely';
import type { EventData, EventType } from '../tenancy/events.js';
import { storableJson } from '../tenancy/storable.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { CatalogSchema } from './schema.js';

/** An event of the log. */
export interface LoggedEvent {
  /** A UUID; receivers know it with the prefix `evt_`. */
  readonly id: string;
  /** Its position in the fleet's log. */
  readonly position: number;
  readonly type: string;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface EventsAsked {
  readonly limit: number;
  /** Only events before this position. */
  readonly before?: number | undefined;
  readonly tenantId?: TenantId | undefined;
}

/**
 * Writes an event, in the transaction of the change that it reports. The caller has locked the tenant's or the
 * rollout's row.
 */
export async function appendEvent(
  tx: Kysely<CatalogSchema>,
  of: { readonly fleet: string } & ({ readonly tenantId: TenantId } | { readonly rolloutId: string }),
  type: EventType,
  data: EventData,
): Promise<void> {
  await tx
    .insertInto('events')
    .values({
      fleet: of.fleet,
      tenant_id: 'tenantId' in of ? of.tenantId : null,
      rollout_id: 'rolloutId' in of ? of.rolloutId : null,
      type,
      data: storableJson(data),
    })
    .execute();
}

/**
 * Numbers the events that were committed since the last call, and returns the last position. Numbers drawn before a
 * commit would not do: a lower one may become visible after a higher one was read, and would be skipped. For one
 * tenant `seq` is in commit order, because every writer locks the tenant, so its events keep their order.
 */
export async function givePositions(tx: Kysely<CatalogSchema>, fleet: string): Promise<number> {
  await tx
    .insertInto('event_heads')
    .values({ fleet })
    .onConflict((conflict) => conflict.column('fleet').doNothing())
    .execute();
  // Of two concurrent calls, the second waits here, and its next statement sees the positions that the first has
  // given.
  const head = await tx
    .selectFrom('event_heads')
    .select('position')
    .where('fleet', '=', fleet)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const { rows } = await sql<{ given: string | null }>`
    with given as (
      update tenantry.events e set position = ${head.position}::bigint + fresh.number
      from (
        select seq, row_number() over (order by seq) as number
        from tenantry.events where fleet = ${fleet} and position is null
      ) fresh
      where e.seq = fresh.seq
      returning e.position
    )
    select max(position) as given from given`.execute(tx);
  const given = rows[0]?.given;
  if (given === null || given === undefined) return Number(head.position);
  await tx.updateTable('event_heads').set({ position: given }).where('fleet', '=', fleet).execute();
  return Number(given);
}

/** The log, the newest first. */
export async function listEvents(
  db: Kysely<CatalogSchema>,
  fleet: string,
  { limit, before, tenantId }: EventsAsked,
): Promise<LoggedEvent[]> {
  await db.transaction().execute((tx) => givePositions(tx, fleet));
  const rows = await db
    .selectFrom('events')
    .select(['id', 'position', 'type', 'at', 'data'])
    .where('fleet', '=', fleet)
    .where('position', 'is not', null)
    .$if(before !== undefined, (query) => query.where('position', '<', String(before)))
    .$if(tenantId !== undefined, (query) => query.where('tenant_id', '=', tenantId ?? null))
    .orderBy('position', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ position, ...event }) => ({ ...event, position: Number(position) }));
}
