import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appGroupName } from '../../tenancy/naming.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import { productSql } from './product-sql.js';

/*
 * A tenant may make functions and operators that fit a call better than those of Postgres that it means, and a session that
 * looks for names in a schema of the tenant's would run them as whoever calls. So shadows of all that the product calls
 * are planted wherever a tenant has ever been able to, for many types of arguments, and none may be called.
 */

const sql = productSql('activities');
const types = ['text', 'name', 'oid', 'int4', 'int8', 'bool', 'regclass', '"char"'] as const;

let t: TestTenantry;
const acme = tenantIdOf('acme');
const key = () => ({ fleet: t.fleet.name, id: acme });

beforeAll(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, rotationOverlap: 100 } } });
  await t.writeMigration('0001_notes.sql', 'create table notes (id int);');
  await t.startWorker();
  await t.tenantry.execute.onboard({ id: 'acme' });
  await plant();
}, 120_000);

afterAll(() => t.stop());

/** As the tenant, who was once allowed to. */
async function plant(): Promise<void> {
  const group = `"${appGroupName(acme)}"`;
  const owner = (await t.catalog.secrets.open(key(), 'owner')) ?? '';
  await withClient(owner, (client) => client.query(`grant create on schema public to ${group}`));
  await withClient(await t.tenantry.connectionString('acme'), async (client) => {
    await client.query('set search_path = pg_catalog; create sequence own.shadow_calls');
    await client.query(
      `grant usage on schema own to public; grant all on sequence own.shadow_calls to public`,
    );
    for (const name of sql.functions)
      for (const parameters of combinations) await shadow(client, name, parameters, 'text');
    for (const parameters of pairs) await shadow(client, 'shadow_operator', parameters, 'bool');
    for (const operator of sql.operators)
      for (const [left, right] of pairs)
        await client
          .query(
            `create operator public.${operator} (leftarg = ${left}, rightarg = ${right}, function = public.shadow_operator)`,
          )
          // Some may not be made by anybody, such as =>.
          .catch(() => {});
  });
}

const pairs = types.flatMap((left) => types.map((right) => [left, right] as const));
const combinations: readonly (readonly string[])[] = [...types.map((type) => [type] as const), ...pairs];

async function shadow(
  client: pg.Client,
  name: string,
  parameters: readonly string[],
  returns: string,
): Promise<void> {
  await client.query(
    `create or replace function public."${name}"(${parameters.join(', ')}) returns ${returns} language plpgsql as $$ begin
       perform pg_catalog.nextval('own.shadow_calls');
       raise exception 'the shadow of ${name} was called by %', current_user;
     end $$`,
  );
}

/** How often a shadow was called; a sequence counts what is rolled back as well. */
async function calls(): Promise<number> {
  const owner = (await t.catalog.secrets.open(key(), 'owner')) ?? '';
  return withClient(owner, async (client) => {
    await client.query('set search_path = pg_catalog');
    const { rows } = await client.query<{ called: boolean; last: string }>(
      'select is_called as called, last_value as last from own.shadow_calls',
    );
    return rows[0]?.called ? Number(rows[0].last) : 0;
  });
}

/** A login that a shadow could have made. */
async function strangers(): Promise<string[]> {
  const owner = (await t.catalog.secrets.open(key(), 'owner')) ?? '';
  return withClient(owner, async (client) => {
    await client.query('set search_path = pg_catalog');
    const { rows } = await client.query<{ role: string }>(
      `select rolname as role from pg_catalog.pg_roles
       where rolcanlogin and not rolsuper and rolname not like 'tenant_acme%' and rolname <> current_user`,
    );
    return rows.map(({ role }) => role);
  });
}

describe('shadows of what the product calls', () => {
  it('are collected from its source: functions and operators by the dozen', () => {
    expect(sql.functions).toEqual(
      expect.arrayContaining(['pg_has_role', 'quote_ident', 'pg_terminate_backend']),
    );
    expect(sql.functions.length).toBeGreaterThan(30);
    expect(sql.operators).toEqual(expect.arrayContaining(['=', '<>', '||']));
  });

  const operations: Record<string, () => Promise<unknown>> = {
    'a rotation': async () => t.tenantry.execute.rotateCredentials('acme'),
    'a rotation at once': async () => t.tenantry.execute.rotateCredentials('acme', { now: true }),
    'a change of plan': async () => t.tenantry.execute.changePlan('acme', { plan: 'pro' }),
    'a suspension and a resumption': async () => {
      await t.tenantry.execute.suspend('acme');
      await t.tenantry.execute.resume('acme');
    },
    'a snapshot': async () => t.tenantry.execute.snapshot('acme', { name: 'one' }),
    'a restore': async () => t.tenantry.execute.restore('acme', { to: { snapshot: 'one' } }),
    'a branch': async () => t.tenantry.execute.branch('acme', { name: 'copy' }),
    'a move': async () => t.tenantry.execute.move('acme'),
    'the undo of a move': async () => t.tenantry.execute.undoMove('acme'),
    'an offboarding that is undone': async () => {
      const handle = await t.tenantry.start.offboard('acme', { graceMs: 600_000, export: true });
      await t.tenantry.start.undoOffboarding('acme');
      return handle.result();
    },
  };

  it.each(Object.entries(operations))(
    'are not called by %s',
    async (_, operate) => {
      await operate();
      expect(await calls()).toBe(0);
      expect(await strangers()).toEqual([]);
    },
    120_000,
  );

  it('would be called by a session that looks into public, so that they do prove something', async () => {
    const owner = (await t.catalog.secrets.open(key(), 'owner')) ?? '';
    const before = await calls();
    await withClient(owner, async (client) => {
      await expect(client.query('select quote_ident(nspname) from pg_namespace')).rejects.toThrow(
        'the shadow of',
      );
    });
    expect(await calls()).toBeGreaterThan(before);
  });
});

describe("the product's SQL", () => {
  it('names the schema of every function that it calls', () => {
    expect(sql.unqualified).toEqual([]);
  });
});
