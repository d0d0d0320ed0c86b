import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;
let a: string;
let b: string;

beforeAll(async () => {
  t = await startTenantry();
  await t.writeMigration(
    '0001_notes.sql',
    'create schema app; create table app.notes (id serial primary key);\n',
  );
  await t.startWorker();
  await Promise.all(['a', 'b'].map(async (id) => t.tenantry.execute.onboard({ id })));
  [a, b] = await Promise.all([t.tenantry.connectionString('a'), t.tenantry.connectionString('b')]);
});

afterAll(() => t.stop());

function at(connectionString: string, change: (url: URL) => void): string {
  const url = new URL(connectionString);
  change(url);
  return url.href;
}

const refusedStatements = {
  'read the ledger of the migrations': 'select * from tenantry.migrations',
  'change the schema that the migrations made': 'alter table app.notes add column more text',
  'drop a table of the migrations': 'drop table app.notes',
  'make a schema': 'create schema mine',
  'make a role': 'create role other',
  'make a database': 'create database other',
  'become the owner': 'set role app_owner',
  'become neon_superuser': 'set role neon_superuser',
  'take the owner’s password': "alter role app_owner password 'mine'",
  'read files of the server': "select pg_read_file('PG_VERSION')",
};

describe("the tenant's own role", () => {
  it.each(Object.entries(refusedStatements))('may not %s', async (_, statement) => {
    await withClient(a, async (client) => {
      await expect(client.query(statement)).rejects.toThrow(
        /permission denied|must be owner|must be able to/i,
      );
    });
  });

  it('has no attribute and owns nothing but what it makes', async () => {
    await withClient(a, async (client) => {
      await client.query('create table made (id int)');
      const { rows: attributes } = await client.query(
        `select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
           pg_has_role(oid, 'neon_superuser', 'member') as member
         from pg_roles where rolname in (session_user, current_user)`,
      );
      expect(attributes).toHaveLength(2);
      for (const role of attributes) expect(Object.values(role)).not.toContain(true);
      const { rows: owned } = await client.query(
        `select relname from pg_class where pg_has_role(relowner, 'usage') and relkind = 'r'
         and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)`,
      );
      expect(owned).toEqual([{ relname: 'made' }]);
    });
  });

  it('reads and writes the tables of the migrations, their sequences too', async () => {
    await withClient(a, async (client) => {
      const { rows } = await client.query('insert into app.notes default values returning id');
      expect(rows).toEqual([{ id: 1 }]);
      expect((await client.query('delete from app.notes')).rowCount).toBe(1);
    });
  });

  it.each(['postgres', 'template1'])('is not let into the database %s', async (database) => {
    const elsewhere = at(a, (url) => {
      url.pathname = `/${database}`;
    });
    await expect(withClient(elsewhere, async () => {})).rejects.toThrow(/permission denied for database/);
  });

  it("is not let into another tenant's database, by its own name or the other's", async () => {
    const { host } = new URL(b);
    const asItself = at(a, (url) => {
      url.host = host;
    });
    await expect(withClient(asItself, async () => {})).rejects.toThrow(/password authentication failed/);
    const asTheOther = at(b, (url) => {
      url.password = new URL(a).password;
    });
    await expect(withClient(asTheOther, async () => {})).rejects.toThrow(/password authentication failed/);
  });

  it('is not let in as the superuser of the server', async () => {
    const asAdmin = at(a, (url) => {
      url.username = 'cloud_admin';
    });
    await expect(withClient(asAdmin, async () => {})).rejects.toThrow(/password authentication failed/);
  });
});
