import { type Kysely, sql } from 'kysely';
import { givePositions } from './events.js';
import type { CatalogSchema } from './schema.js';

/** An event that is due for an endpoint now. */
export interface EventDelivery {
  /** The delivery's id; when a person has the same event sent again, that is another delivery. */
  readonly id: string;
  /** The event's id: a UUID. */
  readonly eventId: string;
  /** Events of the same subject are sent one after the other. */
  readonly subject: string;
  readonly type: string;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface RetryWaits {
  /** The wait after the first failure; it doubles each time. */
  readonly firstMs: number;
  readonly longestMs: number;
}

export interface EventDeliveries {
  /**
   * Endpoints with due events that no worker was asked to send within the last seconds. When several workers ask,
   * each endpoint goes to one of them.
   */
  wake(fleet: string): Promise<string[]>;
  /**
   * The events that are due for an endpoint now, in the order of the log; for a tenant whose event it refuses, only
   * those up to that event. Empty for a paused endpoint.
   */
  take(fleet: string, endpoint: string, limit: number): Promise<EventDelivery[]>;
  /**
   * Returns whether to send the endpoint the others that were taken with it: false once it was paused, deleted or
   * rewound.
   */
  accepted(fleet: string, endpoint: string, id: string): Promise<boolean>;
  /** The delivery is retried later, and the later events of its subject wait for it. */
  refused(fleet: string, endpoint: string, id: string, trouble: string, waits: RetryWaits): Promise<void>;
  /** The receiver is not running: nothing is sent to the endpoint for a while. */
  away(fleet: string, endpoint: string, trouble: string, waits: RetryWaits): Promise<void>;
  /** How long the endpoint has been sent messages and has accepted none, in milliseconds. */
  failingForMs(fleet: string, endpoint: string): Promise<number>;
  /**
   * Sends an endpoint the log again from a time on, in order, or one event. Returns the number of events; `undefined`
   * when there is no such event or endpoint.
   */
  replay(
    fleet: string,
    endpoint: string,
    what: { readonly from: Date } | { readonly eventId: string },
  ): Promise<number | undefined>;
}

/** The number of log events that become deliveries at once. */
const page = 500;
/** A run is started for an endpoint at most once in this time, in milliseconds. */
const wakeMs = 2_000;

/** Whether a delivery `d` is not blocked by an earlier one of its subject that is retried later. */
const isReady = sql<boolean>`d.delivered_at is null and not exists (
  select 1 from tenantry.event_deliveries held
  where held.fleet = d.fleet and held.endpoint_id = d.endpoint_id and held.subject = d.subject
    and held.delivered_at is null and held.due_at > now())`;

const now = sql<Date>`now()`;

/** Code that changes both locks the endpoint's row first, and then the delivery's. */
export function createEventDeliveries(db: Kysely<CatalogSchema>): EventDeliveries {
  return {
    async wake(fleet) {
      const { rows } = await sql<{ id: string }>`
        update tenantry.event_endpoints p set woken_at = now()
        where p.fleet = ${fleet} and p.paused_at is null
          and (p.not_before is null or p.not_before <= now())
          and (p.woken_at is null or p.woken_at < now() - ${wakeMs}::float8 * interval '1 millisecond')
          and (
            exists (select 1 from tenantry.events e where e.fleet = p.fleet and e.position is null)
            or exists (select 1 from tenantry.events e where e.fleet = p.fleet and e.position > p.cursor)
            or exists (
              select 1 from tenantry.event_deliveries d where d.fleet = p.fleet and d.endpoint_id = p.id and ${isReady}
            )
          )
        returning p.id`.execute(db);
      return rows.map(({ id }) => id);
    },
    take: (fleet, endpoint, limit) =>
      db.transaction().execute(async (tx) => {
        const found = await tx
          .selectFrom('event_endpoints')
          .select(['cursor', 'tries'])
          .where('fleet', '=', fleet)
          .where('id', '=', endpoint)
          .where('paused_at', 'is', null)
          .where((row) => row.or([row('not_before', 'is', null), row('not_before', '<=', now)]))
          .forUpdate()
          .executeTakeFirst();
        if (found === undefined) return [];
        // If the receiver was away the last time, one message finds out whether it is back.
        const wanted = found.tries > 0 ? 1 : limit;
        const there = await ready(tx, fleet, endpoint, wanted);
        if (there.length === wanted) return there;
        await givePositions(tx, fleet);
        await pull(tx, fleet, endpoint);
        return ready(tx, fleet, endpoint, wanted);
      }),
    accepted: (fleet, endpoint, id) =>
      db.transaction().execute(async (tx) => {
        await tx
          .updateTable('event_endpoints')
          .set({ accepted_at: now, failing_since: null, tries: 0, not_before: null, trouble: null })
          .where('fleet', '=', fleet)
          .where('id', '=', endpoint)
          .where(
            sql<boolean>`(failing_since is not null or accepted_at is null or accepted_at < now() - interval '10 seconds')`,
          )
          .execute();
        const { numUpdatedRows } = await tx
          .updateTable('event_deliveries')
          .set({ delivered_at: now, due_at: null, trouble: null, tries: sql`tries + 1` })
          .where('id', '=', id)
          .executeTakeFirstOrThrow();
        const open = await tx
          .selectFrom('event_endpoints')
          .select('id')
          .where('fleet', '=', fleet)
          .where('id', '=', endpoint)
          .where('paused_at', 'is', null)
          .executeTakeFirst();
        return numUpdatedRows > 0n && open !== undefined;
      }),
    refused: (fleet, endpoint, id, trouble, waits) =>
      db.transaction().execute(async (tx) => {
        // The receiver is running.
        await tx
          .updateTable('event_endpoints')
          .set({
            ...{ tries: 0, not_before: null, trouble },
            failing_since: sql<Date>`coalesce(failing_since, now())`,
          })
          .where('fleet', '=', fleet)
          .where('id', '=', endpoint)
          .execute();
        await tx
          .updateTable('event_deliveries')
          .set({
            ...{ tries: sql`tries + 1`, due_at: laterBy(waits), trouble },
            failing_since: sql<Date>`coalesce(failing_since, now())`,
          })
          .where('id', '=', id)
          .where('delivered_at', 'is', null)
          .execute();
      }),
    async away(fleet, endpoint, trouble, waits) {
      await db
        .updateTable('event_endpoints')
        .set({
          failing_since: sql<Date>`coalesce(failing_since, now())`,
          tries: sql`tries + 1`,
          not_before: laterBy(waits),
          trouble,
        })
        .where('fleet', '=', fleet)
        .where('id', '=', endpoint)
        .execute();
    },
    async failingForMs(fleet, endpoint) {
      const row = await db
        .selectFrom('event_endpoints')
        .select(sql<number>`coalesce(extract(epoch from now() - failing_since) * 1000, 0)::float8`.as('ms'))
        .where('fleet', '=', fleet)
        .where('id', '=', endpoint)
        .executeTakeFirst();
      return row?.ms ?? 0;
    },
    replay: (fleet, endpoint, what) =>
      db.transaction().execute(async (tx) => {
        const found = await tx
          .selectFrom('event_endpoints')
          .select('cursor')
          .where('fleet', '=', fleet)
          .where('id', '=', endpoint)
          .forUpdate()
          .executeTakeFirst();
        if (found === undefined) return undefined;
        const last = await givePositions(tx, fleet);
        const count =
          'from' in what
            ? await rewind(tx, fleet, endpoint, what.from, last)
            : await again(tx, fleet, endpoint, what.eventId, found.cursor);
        await tx
          .updateTable('event_endpoints')
          .set({ woken_at: null })
          .where('fleet', '=', fleet)
          .where('id', '=', endpoint)
          .execute();
        return count;
      }),
  };
}

const laterBy = ({ firstMs, longestMs }: RetryWaits) =>
  sql<Date>`now() + least(${firstMs}::float8 * 2 ^ least(tries, 30), ${longestMs}::float8) * interval '1 millisecond'`;

async function ready(
  tx: Kysely<CatalogSchema>,
  fleet: string,
  endpoint: string,
  limit: number,
): Promise<EventDelivery[]> {
  const { rows } = await sql<EventDelivery>`
    select d.id, d.subject, e.id as "eventId", e.type, e.at, e.data
    from tenantry.event_deliveries d
    join tenantry.events e on e.fleet = d.fleet and e.position = d.position
    where d.fleet = ${fleet} and d.endpoint_id = ${endpoint} and ${isReady}
    order by d.position
    limit ${limit}`.execute(tx);
  return rows;
}

/** Makes the next events of the log deliveries. The caller has locked the endpoint's row. */
async function pull(tx: Kysely<CatalogSchema>, fleet: string, endpoint: string): Promise<void> {
  await sql`
    with next as (
      select e.position, e.subject from tenantry.events e, tenantry.event_endpoints p
      where p.fleet = ${fleet} and p.id = ${endpoint} and e.fleet = p.fleet and e.position > p.cursor
      order by e.position limit ${page}
    ), made as (
      insert into tenantry.event_deliveries (fleet, endpoint_id, position, subject)
      select ${fleet}, ${endpoint}, position, subject from next order by position
      on conflict (fleet, endpoint_id, position) do nothing
    )
    update tenantry.event_endpoints set cursor = (select max(position) from next)
    where fleet = ${fleet} and id = ${endpoint} and exists (select 1 from next)`.execute(tx);
}

/** Goes back in the log: later events are sent again, in order. */
async function rewind(
  tx: Kysely<CatalogSchema>,
  fleet: string,
  endpoint: string,
  from: Date,
  last: number,
): Promise<number> {
  const { first } = await tx
    .selectFrom('events')
    .select(({ fn }) => fn.min('position').as('first'))
    .where('fleet', '=', fleet)
    .where('at', '>=', from)
    .where('position', '<=', String(last))
    .executeTakeFirstOrThrow();
  if (first === null) return 0;
  await tx
    .deleteFrom('event_deliveries')
    .where('fleet', '=', fleet)
    .where('endpoint_id', '=', endpoint)
    .where('position', '>=', first)
    .execute();
  await tx
    .updateTable('event_endpoints')
    .set({ cursor: sql`least(cursor, ${first}::bigint - 1)` })
    .where('fleet', '=', fleet)
    .where('id', '=', endpoint)
    .execute();
  const { count } = await tx
    .selectFrom('events')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('fleet', '=', fleet)
    .where('position', '>=', first)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Sends one event again. A pending delivery is left alone. */
async function again(
  tx: Kysely<CatalogSchema>,
  fleet: string,
  endpoint: string,
  eventId: string,
  cursor: string,
): Promise<number | undefined> {
  const event = await tx
    .selectFrom('events')
    .select(['position', 'subject'])
    .where('fleet', '=', fleet)
    .where('id', '=', eventId)
    .executeTakeFirst();
  if (event?.position === undefined || event.position === null) return undefined;
  const { position, subject } = event;
  if (BigInt(position) > BigInt(cursor)) return 1;
  await tx
    .deleteFrom('event_deliveries')
    .where('fleet', '=', fleet)
    .where('endpoint_id', '=', endpoint)
    .where('position', '=', position)
    .where('delivered_at', 'is not', null)
    .execute();
  await tx
    .insertInto('event_deliveries')
    .values({ fleet, endpoint_id: endpoint, position, subject })
    .onConflict((conflict) => conflict.columns(['fleet', 'endpoint_id', 'position']).doNothing())
    .execute();
  return 1;
}
