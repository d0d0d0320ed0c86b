import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listBranches } from '../../neon/branches.js';
import { connectionUri } from '../../neon/connection-uri.js';
import { appGroupName, appRoleName } from '../../tenancy/naming.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { runTenantry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { createExistingProject } from '../support/existing-project.js';
import { historyText } from '../support/history-text.js';
import { holdTurn } from '../support/hold-turn.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
  await t.writeMigration('1_notes.sql', 'create table notes (body text);');
  await t.startWorker();
});

afterAll(() => t.stop());

/** A tenant and a name of a project of each test's own. */
let acme: TenantId;
let shop: string;
let roles: readonly string[];
let made = 0;

beforeEach(() => {
  made += 1;
  acme = tenantIdOf(`acme-${made}`);
  shop = `shop-${made}`;
  roles = [appGroupName(acme), appRoleName(acme)];
});

/** A project that somebody made, with a table of theirs in it. */
async function existingProject(which: { name?: string; region?: string } = {}) {
  const { project, connection_uris } = await createExistingProject(t, { name: shop, ...which });
  const owner = connection_uris[0]?.connection_uri ?? '';
  await eventually('the database answers', () =>
    reads(owner, 'select 1').then(
      () => true,
      () => false,
    ),
  );
  await reads(owner, "create table orders as select 'kept' as note");
  return { projectId: project.id, owner };
}

const reads = (connectionString: string, sql: string): Promise<unknown[]> =>
  withClient(connectionString, async (client) => (await client.query(sql)).rows);

const rolesThere = (owner: string) =>
  reads(owner, `select rolname from pg_roles where rolname in ('${roles.join("', '")}') order by 1`);

/** Whether every role may connect. */
const isOpen = async (owner: string) =>
  (await reads(owner, "select has_database_privilege('public', 'shop', 'connect') as open"))[0];

const changesIn = (calls: readonly { method: string }[]) => calls.filter(({ method }) => method !== 'GET');

describe('adopting a project', () => {
  it('tells what it would change and changes nothing, and then changes just that', async () => {
    const { projectId, owner } = await existingProject();
    const before = changesIn(await t.emulator.calls()).length;

    const preview = await t.tenantry.execute.previewAdoption(acme, { projectId });
    expect(preview).toMatchObject({
      state: 'none',
      projectName: shop,
      database: 'shop',
      owner: 'shop_owner',
    });
    expect(preview.changes).toEqual([
      expect.stringContaining(`create the role "${roles[0]}"`),
      expect.stringContaining(`create the role "${roles[1]}"`),
      expect.stringContaining('database "shop" from every role'),
      expect.stringContaining('schema "public"'),
    ]);
    expect(preview.notes).toContainEqual(expect.stringContaining('not applied: 1_notes'));
    expect(preview.notes).toContainEqual(expect.stringContaining('quota and compute bounds are not applied'));
    expect(await rolesThere(owner)).toEqual([]);
    expect(await t.tenantry.get(acme)).toBeUndefined();
    expect(await t.tenantry.history(acme)).toEqual([]);

    const handle = await t.tenantry.start.adopt(acme, { projectId });
    expect(await handle.result()).toMatchObject({ state: 'ready', projectId, changes: preview.changes });
    expect(changesIn(await t.emulator.calls()).length).toBe(before);
    const connection = await t.tenantry.connectionString(acme);
    expect(await reads(connection, 'select note from orders')).toEqual([{ note: 'kept' }]);
    expect(await reads(owner, "select to_regclass('notes') as notes")).toEqual([{ notes: null }]);
    expect(await isOpen(owner)).toEqual({ open: false });
    const tenant = await t.tenantry.get(acme);
    expect(tenant).toMatchObject({
      state: 'ready',
      settledState: 'ready',
      adopted: true,
      projectId,
      projectName: shop,
      databaseName: 'shop',
      ownerRole: 'shop_owner',
    });
    expect(tenant?.schemaVersion).toBeUndefined();
    expect(tenant?.readyAt).toBeInstanceOf(Date);
    const history = await t.tenantry.history(acme);
    expect(history.map(({ event, state }) => [event, state])).toEqual([
      ['began', 'adopting'],
      ['succeeded', 'ready'],
    ]);
    const recorded = await historyText(t.temporal, handle);
    expect(recorded).toContain(projectId);
    for (const secret of [owner, connection]) expect(recorded).not.toContain(new URL(secret).password);

    expect(await t.tenantry.execute.adopt(acme, { projectId })).toMatchObject({ changes: [] });
  });

  it("refuses tables that are not the owner's to give, by name, in the preview too", async () => {
    const { projectId, owner } = await existingProject();
    await reads(owner, 'create role web; grant create on schema public to web; grant web to current_user');
    await reads(owner, 'create table mine (id int)');
    await reads(
      owner,
      'set role web; create table baskets (id int); create view seen as select * from baskets',
    );
    const refusal = {
      reason: {
        type: 'RequestUnfit',
        message: expect.stringMatching(
          /not the owner's to give: public\.baskets of "web", public\.seen of "web"; .*alter table … owner to "shop_owner"/,
        ),
      },
    };
    await expect(t.tenantry.execute.previewAdoption(acme, { projectId })).rejects.toMatchObject(refusal);
    await expect(t.tenantry.execute.adopt(acme, { projectId })).rejects.toMatchObject(refusal);
    expect(await rolesThere(owner)).toEqual([]);
    await reads(owner, 'drop view seen; alter table baskets owner to current_user');
    await reads(
      owner,
      'create schema private authorization web; grant usage on schema private to current_user',
    );
    await reads(owner, 'set role web; create table private.notes (id int)');
    await reads(owner, 'revoke web from current_user');
    const { notes } = await t.tenantry.execute.adopt(acme, { projectId });
    expect(notes).toContainEqual(expect.stringMatching(/not the owner's, .*: private of "web"$/));
    const connection = await t.tenantry.connectionString(acme);
    expect(await reads(connection, 'select * from baskets')).toEqual([]);
  });

  it('takes a database whose name a URL reads otherwise, and the application gets in', async () => {
    const { projectId } = await existingProject();
    const database = 'a/b #1?x%2F';
    const { id: branchId } = (await listBranches(t.neon, projectId))[0] ?? { id: '' };
    await eventually('Neon makes the database', async () => {
      const made = await fetch(`${t.emulator.url}/projects/${projectId}/branches/${branchId}/databases`, {
        method: 'POST',
        headers: { authorization: `Bearer ${t.emulator.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ database: { name: database, owner_name: 'shop_owner' } }),
      });
      return made.status === 201;
    });
    const { database: found } = await t.tenantry.execute.adopt(acme, { projectId, database });
    expect(found).toBe(database);
    const pool = await t.tenantry.pool(acme);
    expect((await pool.query('select current_database() as name')).rows).toEqual([{ name: database }]);
    // A move carries one database.
    const owner = await t.catalog.secrets.open({ fleet: t.fleet.name, id: acme }, 'owner');
    await withClient(owner ?? '', (client) => client.query('drop database shop'));
    const moved = await t.tenantry.execute.move(acme);
    expect(moved).toMatchObject({ state: 'ready' });
    expect((await pool.query('select current_database() as name')).rows).toEqual([{ name: database }]);
  });

  it('applies the migrations when that is asked for, and the tenant can be suspended and resumed as any other', async () => {
    const { projectId } = await existingProject();
    const adopted = await t.tenantry.execute.adopt(acme, { projectId, migrate: true });
    expect(adopted.changes).toContainEqual(expect.stringContaining('apply the migrations 1_notes'));
    expect(await t.tenantry.get(acme)).toMatchObject({ schemaVersion: '1_notes' });
    await t.tenantry.execute.suspend(acme);
    await t.tenantry.execute.resume(acme);
    expect(await reads(await t.tenantry.connectionString(acme), 'select * from notes')).toEqual([]);
  });

  it('opens again what it closed, where a migration of it fails', async () => {
    await t.writeMigration('1_broken.sql', 'select 1 / 0;');
    await t.startWorker();
    const { projectId, owner } = await existingProject();
    await reads(owner, 'grant create on schema public to public');
    await expect(t.tenantry.execute.adopt('acme', { projectId, migrate: true })).rejects.toMatchObject({
      reason: { type: 'MigrationFailed' },
    });
    const rights = "select has_schema_privilege('public', 'public', 'create') as create";
    expect(await reads(owner, rights)).toEqual([{ create: true }]);
    expect(await isOpen(owner)).toEqual({ open: true });
    expect(await t.tenantry.get('acme')).toBeUndefined();
  });

  it('takes its roles out again when it fails, forgets the tenant, and leaves the project alone', async () => {
    const { projectId, owner } = await existingProject();
    // What a run left behind that was ended by force, with a role that somebody made more powerful since.
    await t.catalog.adoptions.begin(
      { fleet: t.fleet.name, id: acme, runId: randomUUID(), workflowId: 'ended' },
      {
        plan: 'free',
        projectId,
        projectName: shop,
        databaseName: 'shop',
        ownerRole: 'shop_owner',
        appRole: appRoleName(acme),
      },
      false,
    );
    await reads(owner, `create role ${roles[0]}`);
    await reads(owner, `create role ${roles[1]} createdb`);
    await reads(owner, `grant create on database shop to ${roles[0]}`);
    await expect(t.tenantry.execute.adopt(acme, { projectId })).rejects.toMatchObject({
      operation: 'adopt',
      reason: { type: 'RoleUnfit', message: "the tenant's own role may create schemas" },
    });
    expect(await rolesThere(owner)).toEqual([]);
    expect(await isOpen(owner)).toEqual({ open: true });
    expect(await reads(owner, 'select note from orders')).toEqual([{ note: 'kept' }]);
    expect(await t.tenantry.get(acme)).toBeUndefined();
    expect((await t.emulator.liveProjects()).map(({ id }) => id)).toContain(projectId);
    expect((await t.tenantry.history(acme)).at(-1)).toMatchObject({ event: 'failed', state: 'none' });
  });

  it('is undone when it is cancelled', async () => {
    const { projectId, owner } = await existingProject();
    const held = await holdTurn(owner);
    const handle = await t.tenantry.start.adopt(acme, { projectId });
    await eventually('the role waits for its turn', () =>
      withClient(owner, async (client) => {
        const { rowCount } = await client.query(
          "select from pg_locks where locktype = 'relation' and not granted",
        );
        return rowCount !== 0;
      }),
    );
    await handle.cancel();
    await held.release();
    await expect(handle.result()).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
    expect(await rolesThere(owner)).toEqual([]);
    expect(await t.tenantry.get(acme)).toBeUndefined();
  });

  it('refuses what does not fit, and leaves no trace', async () => {
    const { projectId, owner } = await existingProject();
    const elsewhere = await existingProject({ name: 'elsewhere', region: 'aws-eu-central-1' });
    const refused = (id: string, input: Parameters<typeof t.tenantry.start.adopt>[1]) =>
      t.tenantry.start.adopt(id, input).then((handle) =>
        handle.result().then(
          () => 'ready',
          (error: unknown) => String(error),
        ),
      );
    expect(await refused(acme, { projectId: elsewhere.projectId })).toContain('the plan in aws-us-east-1');
    expect(await refused(acme, { projectId, database: 'other' })).toContain('its databases: shop');
    expect(await refused(acme, { projectId, owner: 'nobody' })).toContain('no such database');
    expect(await refused(acme, { projectId: 'no-such-project' })).toContain('404');
    await reads(owner, `create role ${roles[0]}`);
    expect(await refused(acme, { projectId })).toContain('drop them, or adopt it under another id');
    expect(await rolesThere(owner)).toHaveLength(1);
    expect(await t.tenantry.get(acme)).toBeUndefined();
    expect(await t.tenantry.history(acme)).toEqual([]);

    await t.tenantry.execute.adopt('other', { projectId });
    expect(await refused('third', { projectId })).toContain('is tenant "other"');
    expect(await refused('other', { projectId: elsewhere.projectId })).toContain('the adoption cannot begin');
  });

  it('gives the project up to an offboarding, and no other project of the same name', async () => {
    const { projectId } = await existingProject();
    const namesake = await existingProject();
    const livesOn = async () =>
      (await t.emulator.liveProjects()).flatMap(({ id, name }) => (name === shop ? [id] : []));
    await t.tenantry.execute.adopt(acme, { projectId });
    const offboarded = await t.tenantry.execute.offboard(acme, { graceMs: 0 });
    expect(offboarded).toMatchObject({ state: 'offboarded', deletedProjectIds: [projectId] });
    expect(await livesOn()).toEqual([namesake.projectId]);
    await t.tenantry.execute.erase(acme);
    expect(await livesOn()).toEqual([namesake.projectId]);
    const of = { projectId: namesake.projectId, database: 'shop', role: 'shop_owner' };
    expect(await reads(await connectionUri(t.neon, of), 'select note from orders')).toEqual([
      { note: 'kept' },
    ]);
  });

  it('is a command, with a preview', async () => {
    const { projectId } = await existingProject();
    const preview = await runTenantry(['adopt', acme, '--project', projectId, '--preview'], t.environment);
    expect(preview.stdout).toContain('take the right to connect to database "shop"');
    const adopted = await runTenantry(
      ['adopt', acme, '--project', projectId, '--wait', '--json'],
      t.environment,
    );
    expect(JSON.parse(adopted.stdout)).toMatchObject({ id: acme, state: 'ready', operation: 'adopt' });
  }, 120_000);
});
