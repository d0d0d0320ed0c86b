import { randomBytes } from 'node:crypto';
import { type Kysely, type Selectable, sql, type UpdateObject } from 'kysely';
import { type EndpointKey, openEventSecrets, putEventSecret, replaceEventSecret } from './event-secrets.js';
import { givePositions } from './events.js';
import type { CatalogSchema, EventEndpointsTable } from './schema.js';
import type { Seal } from './seal.js';

/** Where events are sent, as the catalog has it. */
export interface EventEndpoint {
  readonly id: string;
  readonly url: string;
  readonly createdAt: Date;
  /** Since when nothing is sent to it. */
  readonly pausedAt: Date | undefined;
  /** Why it was paused; absent where a person did. */
  readonly pausedFor: string | undefined;
  /** Since when it has accepted nothing that was sent. */
  readonly failingSince: Date | undefined;
  /** What the last message that it did not accept failed of; absent once it accepts. */
  readonly trouble: string | undefined;
  readonly acceptedAt: Date | undefined;
  /** How many events it is still to be sent. */
  readonly pending: number;
  /** How many tenants' and rollouts' events it refuses just now, since when, and of what. */
  readonly refused: { readonly subjects: number; readonly since: Date; readonly trouble: string } | undefined;
}

export interface EventEndpoints {
  /** Events from now on are sent to it. Returns its id and its secret, which nobody can read again. */
  add(fleet: string, url: string): Promise<{ readonly id: string; readonly secret: string }>;
  /** The oldest first. */
  list(fleet: string): Promise<EventEndpoint[]>;
  get(fleet: string, id: string): Promise<EventEndpoint | undefined>;
  /** Where messages are sent; `undefined` where there is no such endpoint. */
  address(fleet: string, id: string): Promise<string | undefined>;
  /** False where there is none of that id, as of all that follow. `why`: absent where a person wants it. */
  pause(fleet: string, id: string, why?: string): Promise<boolean>;
  /** What it was not sent meanwhile is sent, at once. */
  resume(fleet: string, id: string): Promise<boolean>;
  remove(fleet: string, id: string): Promise<boolean>;
  /** Gives it a new secret. Messages are signed with the older ones too for so long, in milliseconds. */
  rotate(fleet: string, id: string, overlapMs: number): Promise<string | undefined>;
  /** What a message is signed with now, the newest first. Throws `SealError`. */
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
          // What a person has paused stays so, whatever a message that was under way has come to.
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

/** Those that were refused when they were sent last. */
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
