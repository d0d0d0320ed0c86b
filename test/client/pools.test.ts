import { PrismaPg } from '@prisma/adapter-pg';
import { sql as drizzleSql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { Kysely, PostgresDialect, sql } from 'kysely';
import PgBoss from 'pg-boss';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openCatalog } from '../../catalog/catalog.js';
import { parseSealKeys } from '../../catalog/seal.js';
import { type PoolOptions, TenantryClient } from '../../client/index.js';
import { breakableWay } from '../support/breakable-way.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;
/** A client with room for two pools, which looks at the catalog again after a moment. */
let small: TenantryClient;

beforeAll(async () => {
  t = await startTenantry();
  await t.startWorker();
  await Promise.all(['a', 'b', 'c'].map(async (id) => t.tenantry.execute.onboard({ id })));
  small = new TenantryClient({
    fleet: t.fleet,
    temporal: t.temporal,
    catalog: t.catalog,
    taskQueue: t.taskQueue,
    pools: { pools: 2, connections: 2, freshForMs: 50 },
  });
});

afterAll(async () => {
  await small.close();
  await t.stop();
});

/** How many connections the tenant's own role has, as the owner sees it. */
async function connections(id: string): Promise<number> {
  const tenant = await t.tenantry.get(id);
  const owner = tenant && (await t.catalog.secrets.open(tenant, 'owner'));
  return withClient(owner ?? '', async (client) => {
    const { rows } = await client.query<{ open: number }>(
      'select count(*)::int as open from pg_stat_activity where usename = $1',
      [tenant?.appRole],
    );
    return rows[0]?.open ?? 0;
  });
}

describe("a tenant's pool", () => {
  it("connects as the tenant's own role, and is kept for the next request", async () => {
    const pool = await small.pool('a');
    const { rows } = await pool.query<{ login: string; sum: number }>(
      'select session_user as login, $1::int + 1 as sum',
      [41],
    );
    expect(rows).toEqual([{ login: (await t.tenantry.get('a'))?.appRole, sum: 42 }]);
    expect(await small.pool('a')).toBe(pool);
    expect(await connections('a')).toBe(1);
  });

  it('outlives a connection that breaks while a request has it, as does the process', async () => {
    const client = await (await small.pool('a')).connect();
    const gone = new Promise((resolve) => client.once('end', resolve));
    await client.query('set idle_session_timeout = 10');
    await gone;
    await expect(client.query('select 1')).rejects.toThrow(/not queryable/);
    client.release(true);
    expect((await (await small.pool('a')).query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('holds a transaction on one connection', async () => {
    const client = await (await small.pool('a')).connect();
    await client.query('begin');
    await client.query('create table held (id int)');
    await client.query('rollback');
    client.release();
    await expect((await small.pool('a')).query('select * from held')).rejects.toThrow(/does not exist/);
  });

  it('is closed when others need its place, the one used longest ago first', async () => {
    await (await small.pool('a')).query('select 1');
    await (await small.pool('b')).query('select 1');
    await (await small.pool('c')).query('select 1');
    await eventually('the pool of "a" is closed', async () => (await connections('a')) === 0);
    expect(await connections('b')).toBe(1);
    expect(await connections('c')).toBe(1);
  });

  it('follows a suspension and a resumption, though it was there before', async () => {
    const pool = await small.pool('b');
    await pool.query('select 1');
    await t.tenantry.execute.suspend('b');
    await expect(pool.query('select 1')).rejects.toMatchObject({
      code: 'TENANT_NOT_READY',
      state: 'suspended',
    });
    await expect(small.pool('b')).rejects.toMatchObject({ code: 'TENANT_NOT_READY', state: 'suspended' });
    await t.tenantry.execute.resume('b');
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('says of a tenant that is not there, or not ready yet, which it is', async () => {
    await expect(small.pool('nobody')).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
    const fault = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'hold-before-apply' },
    });
    const handle = await t.tenantry.start.onboard({ id: 'later' });
    await fault.struck();
    await expect(small.pool('later')).rejects.toMatchObject({
      code: 'TENANT_NOT_READY',
      state: 'provisioning',
    });
    await fault.lift();
    await handle.result();
    expect((await (await small.pool('later')).query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});

describe('pools that somebody keeps', () => {
  it('hold to the bound, and close with the client', async () => {
    const { fleet, temporal, catalog, taskQueue } = t;
    const one = new TenantryClient({
      fleet,
      temporal,
      catalog,
      taskQueue,
      pools: { pools: 1, idleMs: 600_000 },
    });
    const kept = await Promise.all(['a', 'b', 'c'].map((id) => one.pool(id)));
    for (const pool of [...kept, ...kept])
      expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    const open = async () =>
      (await Promise.all(['a', 'b', 'c'].map(connections))).reduce((sum, n) => sum + n);
    await eventually('only the last has connections', async () => (await open()) === 1);
    expect(one.poolsReport()).toEqual({ pools: 1 });
    await one.close();
    await eventually('none has', async () => (await open()) === 0);
    await expect(kept[0]?.query('select 1')).rejects.toMatchObject({ code: 'POOLS_CLOSED', tenantId: 'a' });
    await expect(one.pool('b')).rejects.toMatchObject({ code: 'POOLS_CLOSED' });
  });

  it('sleep through two rotations, after which the login has its old name and another password', async () => {
    const pool = await small.pool('a');
    await pool.query('select 1');
    const before = (await t.tenantry.get('a'))?.appRole;
    for (let times = 0; times < 2; times += 1) await t.tenantry.execute.rotateCredentials('a', { now: true });
    expect((await t.tenantry.get('a'))?.appRole).toBe(before);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('are taken by kysely, which ends the pool that it was given', async () => {
    const pool = await small.pool('a');
    const db = new Kysely<object>({ dialect: new PostgresDialect({ pool }) });
    const { rows } = await db.transaction().execute((tx) => sql`select session_user as login`.execute(tx));
    expect(rows).toEqual([{ login: (await t.tenantry.get('a'))?.appRole }]);
    await db.destroy();
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('are taken by drizzle', async () => {
    const db = drizzle({ client: await small.pool('a') });
    const login = (await t.tenantry.get('a'))?.appRole;
    const { rows } = await db.execute(drizzleSql`select session_user as login, ${1} + 1 as two`);
    expect(rows).toEqual([{ login, two: 2 }]);
    const inTransaction = db.transaction(async (tx) => {
      await tx.execute(drizzleSql`create table own.drizzled (id int)`);
      tx.rollback();
    });
    await expect(inTransaction).rejects.toThrow('Rollback');
    expect((await db.execute(drizzleSql`select to_regclass('own.drizzled') as made`)).rows).toEqual([
      { made: null },
    ]);
  });

  it("are taken by Prisma's adapter, which may end them", async () => {
    const pool = await small.pool('a');
    const adapter = await new PrismaPg(pool, { disposeExternalPool: true }).connect();
    const ask = (sql: string) => ({ sql, args: [], argTypes: [] });
    const login = (await t.tenantry.get('a'))?.appRole;
    expect((await adapter.queryRaw(ask('select session_user::text as login'))).rows).toEqual([[login]]);
    const transaction = await adapter.startTransaction();
    await transaction.executeRaw(ask('create table own.prismatic (id int)'));
    await transaction.executeRaw(ask('rollback'));
    await transaction.rollback();
    expect((await adapter.queryRaw(ask("select to_regclass('own.prismatic')::text as made"))).rows).toEqual([
      [null],
    ]);
    await adapter.dispose();
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('are taken by pg-boss, whose tables are the application’s', async () => {
    const pool = await small.pool('a');
    const db = { executeSql: (text: string, values: unknown[]) => pool.query(text, values) };
    // The schema is there already, and is not the application's to make.
    const plans = PgBoss.getConstructionPlans('own').replace(/CREATE SCHEMA[^;]*;/i, '');
    await db.executeSql(plans, []);
    const boss = new PgBoss({ db, schema: 'own', supervise: false, schedule: false });
    await boss.start();
    await boss.createQueue('mails');
    const id = await boss.send('mails', { to: 'somebody' });
    expect(await boss.fetch('mails')).toMatchObject([{ id, data: { to: 'somebody' } }]);
    await boss.stop({ graceful: false });
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('keep a connection whose one statement was refused, and none that is left in a transaction', async () => {
    const pool = await small.pool('a');
    const pid = async () =>
      (await pool.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;
    const before = await pid();
    await expect(pool.query('select 1 / 0')).rejects.toThrow('division by zero');
    expect(await pid()).toBe(before);
    const client = await pool.connect();
    await client.query('begin');
    const refused = await client.query('select 1 / 0').then(
      () => undefined,
      (error: Error) => error,
    );
    client.release(refused);
    expect(await pid()).not.toBe(before);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});

describe('while the catalog is away', () => {
  /** A client that reaches its catalog by a way that can break. */
  async function clientOnAWay(pools: PoolOptions = {}) {
    const catalogUrl = new URL(t.environment.TENANTRY_CATALOG_URL ?? '');
    const way = await breakableWay({ host: catalogUrl.hostname, port: Number(catalogUrl.port) });
    catalogUrl.port = String(way.port);
    const sealKeys = parseSealKeys(t.environment.TENANTRY_SEAL_KEY ?? '');
    const catalog = openCatalog({ url: catalogUrl.href, sealKeys, connections: 2 });
    const { fleet, temporal, taskQueue } = t;
    const client = new TenantryClient({
      fleet,
      temporal,
      catalog,
      taskQueue,
      pools: { freshForMs: 20, ...pools },
    });
    onTestFinished(async () => {
      await way.restore();
      await client.close();
      await way.close();
      await catalog.close();
    });
    return { client, way };
  }

  it('requests are served, and the report says since when', async () => {
    const { client, way } = await clientOnAWay();
    const pool = await client.pool('c');
    await pool.query('select 1');
    expect(client.poolsReport()).toEqual({ pools: 1 });
    await way.cut();
    await eventually('a look at the catalog fails', async () => {
      expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      return client.poolsReport().catalogAwaySince !== undefined;
    });
    const { catalogAwaySince: since } = client.poolsReport();
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect(client.poolsReport().catalogAwaySince).toEqual(since);
    await expect(client.pool('b')).rejects.toThrow(/ECONNREFUSED|terminated/);
    await way.restore();
    await eventually('it is known that the catalog is back', async () => {
      await pool.query('select 1');
      return client.poolsReport().catalogAwaySince === undefined;
    });
  });

  it('and does not even refuse, they wait half a second for it at most', async () => {
    const { client, way } = await clientOnAWay();
    const pool = await client.pool('c');
    await pool.query('select 1');
    way.silence();
    await eventually('what the catalog said is old', async () => {
      const startedAt = performance.now();
      expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      const tookMs = performance.now() - startedAt;
      // Ten seconds is what the catalog itself would be waited for.
      expect(tookMs).toBeLessThan(5_000);
      return tookMs >= 490;
    });
  });
});
