import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TenantryClient } from '../../client/index.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;
/** A client with room for two pools, which looks at the catalog again after a moment. */
let small: TenantryClient;

beforeAll(async () => {
  t = await startTenantry();
  await t.startWorker();
  await Promise.all(['a', 'b', 'c'].map(async (id) => (await t.tenantry.onboard({ id })).ready()));
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
    await (await t.tenantry.suspend('b')).result();
    await expect(pool.query('select 1')).rejects.toMatchObject({
      code: 'TENANT_NOT_READY',
      state: 'suspended',
    });
    await expect(small.pool('b')).rejects.toMatchObject({ code: 'TENANT_NOT_READY', state: 'suspended' });
    await (await t.tenantry.resume('b')).ready();
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('says of a tenant that is not there, or not ready yet, which it is', async () => {
    await expect(small.pool('nobody')).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
    const fault = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'hold-before-apply' },
    });
    const handle = await t.tenantry.onboard({ id: 'later' });
    await fault.struck();
    await expect(small.pool('later')).rejects.toMatchObject({
      code: 'TENANT_NOT_READY',
      state: 'provisioning',
    });
    await fault.lift();
    await handle.ready();
    expect((await (await small.pool('later')).query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});
