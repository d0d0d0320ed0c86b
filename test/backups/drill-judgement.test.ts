import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SqlClient } from '../../tenancy/hooks.js';
import { more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

/*
 * What a drill says is so: it does not call a good snapshot broken, nor rows read that were not, and none of what the tenant has put
 * into its database runs as the owner.
 */

const hour = 3_600_000;
let t: TestTenantry;
let check: ((client: SqlClient) => Promise<unknown>) | undefined;

beforeAll(async () => {
  t = await startTenantry({
    fleet: {
      drills: {
        newest: [
          { table: 'notes', column: 'at', within: hour },
          { table: 'later', column: 'at', within: hour },
          { schema: 'own', table: 'feed', column: 'at', within: hour },
        ],
        check: async (_tenant, _snapshot, client) => {
          await check?.(client);
        },
      },
    },
  });
  await t.writeMigration('0001_notes.sql', 'create table notes (id int, at timestamptz);\n');
  await t.startWorker();
  await t.tenantry.execute.onboard({ id: 'early' });
  await t.tenantry.execute.snapshot('early', { name: 'monday' });
  await t.writeMigration('0002_later.sql', 'create table later (at timestamptz);\n');
});

afterEach(async () => {
  check = undefined;
  await t.emulator.liftFaults();
});
afterAll(() => t.stop());

const table = 'create table own.feed (at timestamptz)';
/** A tenant with what its own role has made, and a snapshot of it. */
async function tenantWith(id: string, ...statements: readonly string[]): Promise<void> {
  await t.tenantry.execute.onboard({ id });
  await withClient(await t.tenantry.connectionString(id), async (client) => {
    for (const statement of statements) await client.query(statement);
  });
  await t.tenantry.execute.snapshot(id, { name: 'monday' });
}
const shout = (name: string, parameters: string, type: string) =>
  `create function own.${name}(${parameters}) returns ${type} language plpgsql as
     $$ begin raise exception 'run as %', current_user; end $$`;

describe('a drill', () => {
  it("runs no cast of the tenant's, and counts no row twice", async () => {
    await tenantWith(
      'spied',
      table,
      'create table own.spy as select n from generate_series(1, 3) n',
      shout('spy', 'own.spy', 'text'),
      'create cast (own.spy as text) with function own.spy(own.spy) as implicit',
      'create table own.parent (n int)',
      'create table own.child () inherits (own.parent)',
      'insert into own.parent values (1)',
      'insert into own.child values (1), (2)',
    );
    const { problem, found } = await t.tenantry.execute.drill('spied');
    expect(problem).toBeUndefined();
    const own = found?.tables.filter((one) => one.table.startsWith('own.'));
    expect(own).toEqual([
      { table: 'own.child', rows: 2 },
      { table: 'own.feed', rows: 0 },
      { table: 'own.parent', rows: 1 },
      { table: 'own.spy', rows: 3 },
    ]);
    expect(found?.total.tables).toBe(found?.tables.length);
  });

  more("looks through no view of the tenant's for the newest row", async () => {
    await tenantWith(
      'viewed',
      shout('now', '', 'timestamptz'),
      'create view own.feed as select own.now() as at',
    );
    const { problem } = await t.tenantry.execute.drill('viewed');
    expect(problem?.message).toBe(
      'snapshot "monday" is broken: it has no table own.feed with a column "at" that is a time',
    );
  });

  more('takes a time without end for no time at all', async () => {
    await tenantWith(
      'endless',
      table,
      "insert into notes values (1, 'infinity'), (2, now()), (3, '290000-01-01')",
    );
    const { problem, found } = await t.tenantry.execute.drill('endless');
    expect(problem).toBeUndefined();
    expect(Date.now() - Date.parse(found?.newest[0]?.at ?? '')).toBeLessThan(hour);
  });

  it('tries a check again that lost its connection, and lets no check write', async () => {
    await tenantWith('cut', table);
    const seen: unknown[] = [];
    check = async (client) => {
      if (seen.push('begun') === 1) await client.query('select pg_terminate_backend(pg_backend_pid())');
      await client.query('commit');
      await client.query('create table public.left_behind ()').catch((error) => seen.push(error.code));
    };
    expect((await t.tenantry.execute.drill('cut')).problem).toBeUndefined();
    expect(seen).toEqual(['begun', 'begun', '25006']);
  });

  more('does not call a snapshot broken that was deleted meanwhile', async () => {
    await tenantWith('deleted', table);
    const project = (await t.tenantry.get('deleted'))?.projectId;
    const held = await t.emulator.addFault({
      match: { method: 'POST', path: `/projects/${project}/snapshots/*/restore`, times: 1_000 },
      effect: { kind: 'status', status: 503, body: { code: '', message: 'away' } },
    });
    const drill = await t.tenantry.start.drill('deleted');
    await held.struck();
    await t.tenantry.removeSnapshot('deleted', 'monday');
    await held.lift();
    await expect(drill.result()).rejects.toMatchObject({
      reason: { type: 'RequestUnfit', message: expect.stringContaining('no snapshot "monday"') },
    });
    expect(await t.tenantry.drills({ tenant: 'deleted' })).toEqual([]);
    expect(await t.tenantry.get('deleted')).toMatchObject({ state: 'ready' });
  });

  it('asks an older snapshot for no table that came with a migration since', async () => {
    const { problem, found } = await t.tenantry.execute.drill('early');
    expect(problem).toBeUndefined();
    expect(found).toMatchObject({ schemaVersion: '0001_notes' });
  });
});
