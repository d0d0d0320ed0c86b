import { randomBytes } from 'node:crypto';
import { type Kysely, type Selectable, sql, type UpdateObject } from 'kysely';
import { type EndpointKey, openEventSecrets, putEventSecret, replaceEventSecret } from './event-secrets.js';
import { givePositions } from './events.js';
import type { CatalogSchema, EventEndpointsTable } from './schema.js';
import type { Seal } from './seal.js';

/** A receiver of events, as in the catalog. */
export interface EventEndpoint {
  readonly id: string;
  readonly url: string;
  readonly createdAt: Date;
  /** Since when no events are sent to it. */
  readonly pausedAt: Date | undefined;
  /** Why it was paused; absent when a person paused it. */
  readonly pausedFor: string | undefined;
  /** Since when it has accepted no message. */
  readonly failingSince: Date | undefined;
  /** Why it did not accept the last refused message; absent once it accepts one. */
  readonly trouble: string | undefined;
  readonly acceptedAt: Date | undefined;
  /** The number of events that it has not yet been sent. */
  readonly pending: number;
  /** The number of tenants and rollouts whose events it currently refuses, with the earliest time and a reason. */
  readonly refused: { readonly subjects: number; readonly since: Date; readonly trouble: string } | undefined;
}

export interface EventEndpoints {
  /**
   * Adds an endpoint that is sent all events from now on. Returns its id and its secret, which cannot be read again.
   */
  add(fleet: string, url: string): Promise<{ readonly id: string; readonly secret: string }>;
  /** The oldest first. */
  list(fleet: string): Promise<EventEndpoint[]>;
  get(fleet: string, id: string): Promise<EventEndpoint | undefined>;
  /** The endpoint's address; `undefined` when there is no such endpoint. */
  address(fleet: string, id: string): Promise<string | undefined>;
  /**
   * Returns false when there is no endpoint with that id, as do all methods below. `why` is absent when a person
   * pauses it.
   */
  pause(fleet: string, id: string, why?: string): Promise<boolean>;
  /** The events of the pause are sent at once. */
  resume(fleet: string, id: string): Promise<boolean>;
  remove(fleet: string, id: string): Promise<boolean>;
  /** Gives it a new secret. For this time, in milliseconds, messages are also signed with the older ones. */
  rotate(fleet: string, id: string, overlapMs: number): Promise<string | undefined>;
  /** The secrets that sign a message now, the newest first. Throws `SealError`. */
  secrets(fleet: string, id: string): Promise<readonly string[]>;
}

type Row = Selectable<EventEndpointsTable> & {
  readonly pending: string;
  readonly refused: string;
  readonly refused_since: Date | null;
  readonly refused_trouble: string | null;
};

export function createEventEndpoints(db: Kysely<CatalogSchema>, seal: () => Seal): EventEndpoints {
  const seen = (fleet: string) =>
    db
      .selectFrom('event_endpoints as endpoint')
      .selectAll('endpoint')
      .select([
        sql<string>`(select count(*) from tenantry.event_deliveries d
          where d.fleet = endpoint.fleet and d.endpoint_id = endpoint.id and d.delivered_at is null)
          + (select count(*) from tenantry.events e
          where e.fleet = endpoint.fleet and (e.position > endpoint.cursor or e.position is null))`.as(
          'pending',
        ),
        sql<string>`(select count(distinct d.subject) from ${refusedBy})`.as('refused'),
        sql<Date | null>`(select min(d.failing_since) from ${refusedBy})`.as('refused_since'),
        sql<string | null>`(select d.trouble from ${refusedBy} order by d.failing_since limit 1)`.as(
          'refused_trouble',
        ),
      ])
      .where('endpoint.fleet', '=', fleet);
  return {
    async add(fleet, url) {
      const id = `ep-${randomBytes(5).toString('hex')}`;
      return db.transaction().execute(async (tx) => {
        const cursor = String(await givePositions(tx, fleet));
        await tx.insertInto('event_endpoints').values({ fleet, id, url, cursor }).execute();
        return { id, secret: await putEventSecret(tx, seal(), { fleet, id }) };
      });
    },
    async list(fleet) {
      const rows = await seen(fleet).orderBy('endpoint.created_at').orderBy('endpoint.id').execute();
      return rows.map(endpointOf);
    },
    async get(fleet, id) {
      const row = await seen(fleet).where('endpoint.id', '=', id).executeTakeFirst();
      return row && endpointOf(row);
    },
    async address(fleet, id) {
      const row = await db
        .selectFrom('event_endpoints')
        .select('url')
        .where('fleet', '=', fleet)
        .where('id', '=', id)
        .executeTakeFirst();
      return row?.url;
    },
    pause: (fleet, id, why) =>
      change(
        db,
        { fleet, id },
        {
          paused_at: sql<Date>`coalesce(paused_at, now())`,
          // An endpoint that a person has paused stays paused, whatever the result of a message that was being sent.
          paused_for:
            why === undefined ? null : sql`case when paused_at is null then ${why} else paused_for end`,
        },
      ),
    resume: (fleet, id) =>
      db.transaction().execute(async (tx) => {
        const found = await change(
          tx,
          { fleet, id },
          {
            ...{ paused_at: null, paused_for: null, failing_since: null, tries: 0 },
            ...{ not_before: null, trouble: null, woken_at: null },
          },
        );
        await tx
          .updateTable('event_deliveries')
          .set({ due_at: null, failing_since: null })
          .where('fleet', '=', fleet)
          .where('endpoint_id', '=', id)
          .where('delivered_at', 'is', null)
          .where('due_at', 'is not', null)
          .execute();
        return found;
      }),
    async remove(fleet, id) {
      const { numDeletedRows } = await db
        .deleteFrom('event_endpoints')
        .where('fleet', '=', fleet)
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
    rotate: (fleet, id, overlapMs) =>
      db.transaction().execute(async (tx) => {
        const found = await tx
          .selectFrom('event_endpoints')
          .select('id')
          .where('fleet', '=', fleet)
          .where('id', '=', id)
          .forUpdate()
          .executeTakeFirst();
        return found && replaceEventSecret(tx, seal(), { fleet, id }, overlapMs);
      }),
    secrets: (fleet, id) => openEventSecrets(db, seal(), { fleet, id }),
  };
}

async function change(
  db: Kysely<CatalogSchema>,
  { fleet, id }: EndpointKey,
  set: UpdateObject<CatalogSchema, 'event_endpoints'>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('event_endpoints')
    .set(set)
    .where('fleet', '=', fleet)
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** The deliveries that were refused when they were last sent. */
const refusedBy = sql`tenantry.event_deliveries d where d.fleet = endpoint.fleet and d.endpoint_id = endpoint.id
  and d.delivered_at is null and d.due_at is not null`;

function endpointOf(row: Row): EventEndpoint {
  const { refused_since: since, refused_trouble: trouble } = row;
  return {
    id: row.id,
    url: row.url,
    createdAt: row.created_at,
    pausedAt: row.paused_at ?? undefined,
    pausedFor: row.paused_for ?? undefined,
    failingSince: row.failing_since ?? undefined,
    trouble: row.trouble ?? undefined,
    acceptedAt: row.accepted_at ?? undefined,
    pending: Number(row.pending),
    refused: since === null ? undefined : { subjects: Number(row.refused), since, trouble: trouble ?? '' },
  };
}
