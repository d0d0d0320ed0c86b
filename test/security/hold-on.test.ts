import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appGroupName } from '../../tenancy/naming.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import { type Insistent, insist } from './thief.js';

let t: TestTenantry;
const key = () => ({ fleet: t.fleet.name, id: acme });
const leaves: (() => Promise<void>)[] = [];

beforeAll(async () => {
  t = await startTenantry({
    fleet: { timings: { ...quickTimings, databaseDeadline: 20_000, rotationOverlap: 100 } },
  });
  await t.writeMigration('0001_notes.sql', 'create table notes (id int); insert into notes values (1);');
  await t.startWorker();
});
afterEach(async () => {
  for (const leave of leaves.splice(0)) await leave();
});
afterAll(() => t.stop());

/** A tenant of each test's own. */
let acme: TenantId;
let made = 0;

beforeEach(async () => {
  made += 1;
  acme = tenantIdOf(`acme-${made}`);
  await t.tenantry.execute.onboard({ id: acme });
});

/** Holds an open transaction, on several connections. */
function hold(connection: string, sql: string, many = 3): Insistent {
  const holder = insist(
    connection,
    Array.from({ length: many }, () => (client: pg.Client) => client.query(sql)),
  );
  leaves.push(async () => void (await holder.leave()));
  return holder;
}

const getsIn = (connection: string) =>
  withClient(
    connection,
    async (client) => (await client.query('select count(*)::int as notes from notes')).rows,
  ).then(
    (rows) => rows,
    (error: Error) => error.message,
  );

const outcome = (work: Promise<unknown>) =>
  work.then(
    (result) => ({ done: result }),
    (error: { reason?: unknown; message: string }) => ({ failed: error.reason ?? error.message }),
  );

const grantDoor = 'begin read write; grant connect on database app to public';

describe('a no-op grant in an open transaction', () => {
  it('does not keep a rotation at once from closing the old login', async () => {
    const stolen = await t.tenantry.connectionString(acme);
    await hold(stolen, grantDoor).in;
    const rotated = await outcome(t.tenantry.execute.rotateCredentials(acme, { now: true }));
    expect(rotated).toHaveProperty('done');
    expect(typeof (await getsIn(stolen))).toBe('string');
  }, 120_000);

  it('does not keep a suspension from closing the login, nor a resume, nor a restore, nor an offboarding with an export', async () => {
    const stolen = await t.tenantry.connectionString(acme);
    await t.tenantry.execute.snapshot(acme, { name: 'one' });
    await hold(stolen, grantDoor).in;
    const log: Record<string, unknown> = {};
    log.restore = await outcome(t.tenantry.execute.restore(acme, { to: { snapshot: 'one' } }));
    log.suspend = await outcome(t.tenantry.execute.suspend(acme));
    log.resume = await outcome(t.tenantry.execute.resume(acme));
    log.export = await outcome(t.tenantry.execute.offboard(acme, { graceMs: 0, export: true }));
    expect(log.restore).toHaveProperty('done');
    expect(log.suspend).toMatchObject({ done: { loginClosed: true } });
    expect(log.resume).toHaveProperty('done');
    expect(log.export).toHaveProperty('done');
  }, 120_000);

  it('is not even needed: an application that changes a table of its own in a long transaction stops an ordinary rotation', async () => {
    const app = await t.tenantry.connectionString(acme);
    await withClient(app, (client) => client.query('create table own.things (id int)'));
    await hold(app, 'begin; alter table own.things add column more text', 1).in;
    const rotated = await outcome(t.tenantry.execute.rotateCredentials(acme));
    expect(rotated).toHaveProperty('done');
  }, 120_000);

  more(
    'does not keep the former project open after a move, a rotation at once and a suspension',
    async () => {
      const stolen = await t.tenantry.connectionString(acme);
      const thief = hold(stolen, grantDoor);
      await thief.in;
      const moved = await outcome(t.tenantry.execute.move(acme));
      const rotated = await outcome(t.tenantry.execute.rotateCredentials(acme, { now: true }));
      const suspended = await outcome(t.tenantry.execute.suspend(acme));
      const still = await getsIn(stolen);
      for (const ended of [moved, rotated, suspended]) expect(ended).toHaveProperty('done');
      expect(typeof still).toBe('string');
    },
    120_000,
  );
});

describe('what a former holder set for his login', () => {
  it('is gone once it is used again, in this database too', async () => {
    const stolen = await t.tenantry.connectionString(acme);
    const self = pg.escapeIdentifier(new URL(stolen).username);
    await withClient(stolen, (client) =>
      client.query(
        `set role none; alter role ${self} in database app set standard_conforming_strings = off;
         alter role ${self} in database app set default_transaction_read_only = on;
         alter role ${self} in database app set search_path = pg_temp, own`,
      ),
    );
    await t.tenantry.execute.rotateCredentials(acme, { now: true });
    await t.tenantry.execute.rotateCredentials(acme, { now: true });
    const now = await t.tenantry.connectionString(acme);
    const rows = await withClient(
      now,
      async (client) =>
        (
          await client.query(
            `select current_setting('standard_conforming_strings') as scs, current_setting('default_transaction_read_only') as ro, current_setting('search_path') as path`,
          )
        ).rows,
    );
    expect(rows).toEqual([{ scs: 'on', ro: 'off', path: 'own, public' }]);
  }, 120_000);

  it('does not keep the tenant from being resumed', async () => {
    const stolen = await t.tenantry.connectionString(acme);
    const self = pg.escapeIdentifier(new URL(stolen).username);
    await withClient(stolen, (client) =>
      client.query(`set role none; alter role ${self} in database app set idle_session_timeout = 1`),
    );
    await t.tenantry.execute.suspend(acme);
    const resumed = await outcome(t.tenantry.execute.resume(acme));
    expect(resumed).toHaveProperty('done');
  }, 120_000);
});

describe('code in public of an earlier release', () => {
  const legacy = async () => {
    const owner = (await t.catalog.secrets.open(key(), 'owner')) ?? '';
    await withClient(owner, (client) =>
      client.query(`grant create on schema public to "${appGroupName(acme)}"`),
    );
    return owner;
  };
  const shadow =
    "create function public.lower(name) returns text language plpgsql as $$ begin return 'shadow as ' || current_user; end $$";
  const asFleet = async (owner: string, during: () => Promise<unknown> = async () => {}) => {
    const { withFleetSession } = await import('../../activities/database/sql/fleet-session.js');
    return outcome(
      withFleetSession(owner, appGroupName(acme), new AbortController().signal, async (client) => {
        await during();
        return (await client.query('select lower(current_user)')).rows;
      }),
    );
  };

  it('is seen where a login owns it that was retired since', async () => {
    const owner = await legacy();
    await withClient(await t.tenantry.connectionString(acme), (client) =>
      client.query(`set role none; ${shadow}`),
    );
    await t.tenantry.execute.rotateCredentials(acme, { now: true });
    const seen = await asFleet(owner);
    expect(seen).toHaveProperty('failed');
  }, 120_000);

  it('is seen where it is committed a moment after the look', async () => {
    const owner = await legacy();
    const tenant = new pg.Client({ connectionString: await t.tenantry.connectionString(acme) });
    // Its session is ended, so that the look sees all that there is.
    tenant.on('error', () => {});
    await tenant.connect();
    await tenant.query(`begin; ${shadow}`);
    const seen = await asFleet(owner, () => tenant.query('commit'));
    await tenant.end().catch(() => {});
    expect(JSON.stringify(seen)).not.toContain('shadow as');
  }, 120_000);
});
