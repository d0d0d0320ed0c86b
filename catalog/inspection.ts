import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { leave, makeClient } from '../connections/open-client.js';
import { accessMark } from '../tenancy/app-role.js';
import type { Fleet } from '../tenancy/fleet.js';
import { settledStates } from '../tenancy/lifecycle.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { openCatalog } from './catalog.js';
import type { EventEndpoint } from './event-endpoints.js';
import type { PoolState } from './pool.js';
import type { LastReconcile } from './reconciles.js';
import type { SecretKind } from './schema.js';
import type { UsageProgress } from './usage.js';

/** A catalog's schema, compared with the migrations of this release. */
export interface CatalogSchemaCondition {
  /** The rights that the login lacks to migrate, each in a few words. If it lacks any, nothing else is checked. */
  readonly lacking: readonly string[];
  /** Migrations of this release that were not applied yet. */
  readonly pending: readonly string[];
  /** Migrations that were applied and that this release does not know. */
  readonly unknown: readonly string[];
}

/** The server's version string, such as `PostgreSQL 18.1 on …`. Throws the error of Postgres or of the network. */
export function catalogServerVersion(url: string, timeoutMs: number): Promise<string> {
  return withCatalog(url, timeoutMs, async (client) => {
    const { rows } = await client.query<{ version: string }>('select version()');
    return rows[0]?.version ?? '';
  });
}

export function catalogSchemaCondition(url: string, timeoutMs: number): Promise<CatalogSchemaCondition> {
  return withCatalog(url, timeoutMs, async (client) => {
    const lacking = await lackingPowers(client);
    if (lacking.length > 0) return { lacking, pending: [], unknown: [] };
    const [known, applied] = await Promise.all([knownMigrations(), appliedMigrations(client)]);
    return {
      lacking,
      pending: known.filter((name) => !applied.includes(name)),
      unknown: applied.filter((name) => !known.includes(name)),
    };
  });
}

/** The progress of the background work for a fleet. */
export interface FleetReadings {
  /** The running or last reconcile. */
  readonly reconcile: LastReconcile | undefined;
  readonly usage: UsageProgress;
  readonly endpoints: readonly EventEndpoint[];
  readonly pools: readonly PoolState[];
  /** Projects without a tenant that could not be deleted. */
  readonly undeleted: readonly { readonly name: string; readonly trouble: string }[];
}

/**
 * Throws when the catalog does not respond within the time.
 * @param pooled The plans that have a pool.
 */
export async function fleetReadings(
  url: string,
  fleet: string,
  timeoutMs: number,
  pooled: readonly string[] = [],
): Promise<FleetReadings> {
  // It opens no secret, so any key will do.
  const sealKeys = new Map([['none', Buffer.alloc(32)]]);
  const catalog = openCatalog({ url, sealKeys, connections: 3 });
  try {
    const [reconcile, usage, endpoints, pools, undeleted] = await withinTime(
      Promise.all([
        catalog.reconciles.last(fleet),
        catalog.usage.progress(fleet),
        catalog.events.endpoints.list(fleet),
        catalog.pool.states(fleet, pooled),
        catalog.pool.undeleted(fleet),
      ]),
      timeoutMs,
    );
    return { reconcile, usage, endpoints, pools, undeleted };
  } finally {
    void catalog.close().catch(() => {});
  }
}

async function withinTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  const isOver = new AbortController();
  const late = sleep(timeoutMs, undefined, { signal: isOver.signal, ref: false }).then(() => {
    throw new Error(`the catalog did not answer within ${timeoutMs} ms`);
  });
  late.catch(() => {});
  return Promise.race([work, late]).finally(() => isOver.abort());
}

/** A seal key, and how many secrets are sealed with it. */
export interface SealKeyUse {
  readonly keyId: string;
  readonly secrets: number;
}

/**
 * Opens one secret for each seal key in use, and returns those keys; none when nothing is sealed yet. Throws
 * `SealError` for the first secret that does not open.
 */
export async function tryOpeningSecrets(
  url: string,
  sealKeys: ReadonlyMap<string, Buffer>,
  timeoutMs: number,
): Promise<readonly SealKeyUse[]> {
  const samples = await withCatalog(url, timeoutMs, async (client) => {
    const { rows } = await client.query<{
      key_id: string;
      fleet: string;
      tenant_id: TenantId;
      kind: SecretKind;
      secrets: string;
    }>(
      `select distinct on (key_id) key_id, fleet, tenant_id, kind, count(*) over (partition by key_id) as secrets
       from tenantry.secrets order by key_id, sealed_at desc`,
    );
    return rows;
  });
  const catalog = openCatalog({ url, sealKeys, connections: 1 });
  try {
    for (const { fleet, tenant_id: id, kind } of samples) await catalog.secrets.open({ fleet, id }, kind);
  } finally {
    await catalog.close();
  }
  return samples.map(({ key_id: keyId, secrets }) => ({ keyId, secrets: Number(secrets) }));
}

/** How many live tenants have a role with other rights than the fleet declares, and the ids of some. */
export function outdatedRoles(
  url: string,
  fleet: Pick<Fleet, 'name' | 'appRole'>,
  timeoutMs: number,
): Promise<{ readonly count: number; readonly some: readonly TenantId[] }> {
  return withCatalog(url, timeoutMs, async (client) => {
    const { rows } = await client.query<{ id: TenantId; count: string }>(
      `select id, count(*) over () as count from tenantry.tenants
       where fleet = $1 and settled_state in ('ready', 'suspended') and access is distinct from $2
       order by id limit 5`,
      [fleet.name, accessMark(fleet.appRole)],
    );
    return { count: Number(rows[0]?.count ?? 0), some: rows.map(({ id }) => id) };
  });
}

/** A plan that tenants are on, and that their fleet lacks. */
export interface MissingPlan {
  readonly plan: string;
  /** The number of tenants on it that are ready, suspended or being onboarded. */
  readonly count: number;
  readonly some: readonly TenantId[];
}

/** The plans in use that a fleet lacks, by name. */
export function missingPlans(
  url: string,
  fleet: Pick<Fleet, 'name' | 'plans'>,
  timeoutMs: number,
): Promise<readonly MissingPlan[]> {
  return withCatalog(url, timeoutMs, async (client) => {
    const { rows } = await client.query<{ plan: string; count: string; some: TenantId[] }>(
      `select plan, count(*) as count, (array_agg(id order by id))[1:5] as some from tenantry.tenants
       where fleet = $1 and state not in ('failed', 'offboarded', 'erasing') and plan <> all($2)
       group by plan order by plan`,
      [fleet.name, Object.keys(fleet.plans)],
    );
    return rows.map(({ plan, count, some }) => ({ plan, count: Number(count), some }));
  });
}

/**
 * The rights that a worker needs at every start: even `create schema if not exists` requires the right to create one.
 */
async function lackingPowers(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ power: string }>(`
    select 'to write, for the server is read-only' as power
      where current_setting('transaction_read_only') = 'on'
    union all select 'CREATE on the database ' || quote_ident(current_database())
      where not has_database_privilege(current_database(), 'create')
    union all select 'CREATE on the schema tenantry' from pg_namespace
      where nspname = 'tenantry' and not has_schema_privilege(oid, 'create')
    union all select 'the ownership of ' || format('%I.%I', n.nspname, c.relname)
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'tenantry' and c.relkind in ('r', 'p') and not pg_has_role(c.relowner, 'usage')
  `);
  return rows.map(({ power }) => power);
}

async function appliedMigrations(client: pg.Client): Promise<string[]> {
  const ledger = await client.query("select where to_regclass('tenantry.migrations') is not null");
  if (ledger.rowCount === 0) return [];
  const { rows } = await client.query<{ name: string }>('select name from tenantry.migrations order by id');
  return rows.map(({ name }) => name);
}

async function knownMigrations(): Promise<string[]> {
  const files = await readdir(fileURLToPath(new URL('../catalog/migrations', import.meta.url)));
  return files
    .filter((file) => file.endsWith('.sql'))
    .map((file) => path.parse(file).name)
    .sort();
}

async function withCatalog<T>(
  url: string,
  timeoutMs: number,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = makeClient({
    connectionString: url,
    connectMs: timeoutMs,
    queryMs: timeoutMs,
    applicationName: 'tenantry doctor',
  });
  try {
    await client.connect();
    return await work(client);
  } finally {
    // Not awaited: a server that hangs would not respond to this either.
    void leave(client);
  }
}

/** Steps that wait for their next attempt, by the type of the last failure. */
export interface WaitingSteps {
  readonly type: string;
  readonly steps: number;
  /** ISO 8601: when the longest-waiting one of them was first tried. */
  readonly since: string;
}

/** What the tenants of a fleet wait for, the most frequent first. */
export function waitingSteps(url: string, fleet: string, timeoutMs: number): Promise<WaitingSteps[]> {
  return withCatalog(url, timeoutMs, async (client) => {
    const { rows } = await client.query<WaitingSteps>(
      `select p.wait ->> 'type' as type, count(*)::integer as steps, min(p.wait ->> 'since') as since
       from tenantry.progress p
       join tenantry.tenants t on t.fleet = p.fleet and t.id = p.tenant_id and t.run_id = p.run_id
       where p.fleet = $1 and p.wait is not null and t.state <> all ($2)
       group by 1 order by 2 desc, 1`,
      [fleet, settledStates],
    );
    return rows;
  });
}

/** How long ago a worker of the queue was last seen, in milliseconds; `undefined` when none ever was. */
export function silenceOfWorkers(
  url: string,
  { fleet, taskQueue }: { readonly fleet: string; readonly taskQueue: string },
  timeoutMs: number,
): Promise<number | undefined> {
  return withCatalog(url, timeoutMs, async (client) => {
    const { rows } = await client.query<{ silent: number | null }>(
      `select extract(epoch from now() - max(seen_at))::float8 * 1000 as silent
       from tenantry.workers where fleet = $1 and task_queue = $2 and left_at is null`,
      [fleet, taskQueue],
    );
    return rows[0]?.silent ?? undefined;
  });
}
