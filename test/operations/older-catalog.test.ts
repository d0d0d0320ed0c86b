import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { liveProjectsOf } from '../support/live-projects.js';
import { more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

/*
 * A catalog that is restored from a backup knows nothing of what was done since, and Neon and Temporal do. docs/production.md
 * says what becomes of that; here it is tried, with the page's own commands.
 */

let t: TestTenantry;
/** The owners' ways into the projects of tenants that the restored catalog does not know. */
const owners = new Map<string, string>();

beforeAll(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, rotationOverlap: 20 } } });
  await t.startWorker();
  const ids = ['rotated', 'moved', 'suspended', 'gone', 'planned'];
  await Promise.all(ids.map((id) => t.tenantry.execute.onboard({ id })));
  const held = await t.emulator.addFault({
    match: { method: 'POST', path: '/projects', times: 1 },
    effect: { kind: 'hold-after-apply' },
  });
  const halfway = await t.tenantry.start.onboard({ id: 'halfway' });
  await held.struck();
  const { TENANTRY_CATALOG_URL: url = '' } = t.environment;
  const backup = path.join(t.folder, 'catalog.dump');
  await postgres('pg_dump', ['--format=custom', `--file=${backup}`, url]);
  await held.lift();
  await Promise.all([
    halfway.result(),
    t.tenantry.execute.rotateCredentials('rotated', { owner: true }),
    t.tenantry.execute.move('moved'),
    t.tenantry.execute.suspend('suspended'),
    t.tenantry.execute.offboard('gone', { graceMs: 0 }),
    t.tenantry.execute.changePlan('planned', { plan: 'pro' }),
    t.tenantry.execute.onboard({ id: 'newcomer' }),
    t.tenantry.execute.onboard({ id: 'twice' }),
  ]);
  for (const id of ['newcomer', 'halfway']) {
    const key = { fleet: t.fleet.name, id: tenantIdOf(id) };
    owners.set(id, (await t.catalog.secrets.open(key, 'owner')) ?? '');
  }
  await postgres('pg_restore', ['--clean', '--if-exists', '--single-transaction', `--dbname=${url}`, backup]);
}, 120_000);

afterAll(() => t?.stop());

async function postgres(program: string, args: readonly string[]): Promise<void> {
  const { TENANTRY_POSTGRES_BIN: folder = '' } = t.environment;
  await promisify(execFile)(path.join(folder, program), args);
}

/** As the page says, before a project is adopted that was a tenant's. */
async function dropRoles(id: string): Promise<void> {
  const owner = new pg.Client({ connectionString: owners.get(id) });
  await owner.connect();
  try {
    const { rows } = await owner.query<{ role: string }>(
      "select rolname as role from pg_catalog.pg_roles where rolname like 'tenant\\_%' order by rolname desc",
    );
    expect(rows).toHaveLength(2);
    for (const role of rows.map((row) => pg.escapeIdentifier(row.role)))
      await owner.query(
        `grant ${role} to current_user; reassign owned by ${role} to current_user; drop owned by ${role}; drop role ${role}`,
      );
  } finally {
    await owner.end();
  }
}

/** Who connects, as the application does. */
async function login(id: string): Promise<string> {
  const client = new pg.Client({ connectionString: await t.tenantry.connectionString(id) });
  await client.connect();
  try {
    return (await client.query<{ login: string }>('select session_user as login')).rows[0]?.login ?? '';
  } finally {
    await client.end();
  }
}

it('changes nothing by itself: the sweep leaves what a run brought to its end since', async () => {
  expect(await t.sweep()).toEqual({
    projects: 0,
    branches: 0,
    kept: 0,
    intended: 0,
    tenants: 0,
    postponed: 0,
  });
});

more('publishes a login again that was rotated since, once it is repaired', async () => {
  await expect(login('rotated')).rejects.toThrow(/password authentication failed|not permitted to log in/);
  const { mended } = await t.tenantry.execute.repair('rotated');
  expect(mended.join()).toMatch(/the published login .* did not work/);
  await expect(login('rotated')).resolves.toMatch(/_a$/);
});

it('goes back to the project that a tenant left since, and leaves the newer one', async () => {
  const projects = await liveProjectsOf(t, 'moved');
  expect(projects).toHaveLength(2);
  await expect(login('moved')).rejects.toThrow(/not permitted to log in/);
  await t.tenantry.execute.repair('moved');
  await expect(login('moved')).resolves.toMatch(/_a$/);
  expect(await liveProjectsOf(t, 'moved')).toEqual(projects);
});

more('lets a tenant in again that was suspended since, once it is repaired', async () => {
  await expect(login('suspended')).rejects.toThrow(/quota|not permitted to log in/);
  await t.tenantry.execute.repair('suspended');
  await expect(login('suspended')).resolves.toMatch(/_a$/);
});

more('gives a tenant its former plan again, once it is repaired', async () => {
  const { mended } = await t.tenantry.execute.repair('planned');
  expect(mended).toContain('compute.maxCu was 2, and the plan has 0.25');
});

it('brings an offboarded tenant back where somebody repairs it, and offboards it again', async () => {
  await expect(login('gone')).rejects.toThrow();
  await t.tenantry.execute.repair('gone');
  await expect(login('gone')).resolves.toMatch(/_a$/);
  await t.tenantry.execute.offboard('gone', { graceMs: 0 });
  expect((await t.tenantry.get('gone'))?.state).toBe('offboarded');
});

it('adopts the project of a tenant that it does not know, once the roles of before are dropped', async () => {
  const [projectId = ''] = await liveProjectsOf(t, 'newcomer');
  await expect(t.tenantry.execute.adopt('newcomer', { projectId })).rejects.toThrow(/drop them/);
  await dropRoles('newcomer');
  await t.tenantry.execute.adopt('newcomer', { projectId });
  await expect(login('newcomer')).resolves.toMatch(/_a$/);
});

it('onboards a tenant that it does not know, though Temporal has the run that did so before', async () => {
  await t.tenantry.execute.onboard({ id: 'twice' });
  expect((await t.tenantry.get('twice'))?.state).toBe('ready');
  // The project of before is nobody's any more: a person decides.
  expect(await liveProjectsOf(t, 'twice')).toHaveLength(2);
});

it('keeps the project of a tenant that it has halfway, until it is adopted', async () => {
  const projects = await liveProjectsOf(t, 'halfway');
  expect(projects).toHaveLength(1);
  await expect(t.tenantry.execute.onboard({ id: 'halfway' })).rejects.toThrow(
    /restored from an older backup/,
  );
  expect(await liveProjectsOf(t, 'halfway')).toEqual(projects);
  await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', async (client) => {
    const of = [t.fleet.name, 'halfway'];
    await client.query('delete from tenantry.projects where fleet = $1 and tenant_id = $2', of);
    await client.query('delete from tenantry.tenants where fleet = $1 and id = $2', of);
  });
  await dropRoles('halfway');
  await t.tenantry.execute.adopt('halfway', { projectId: projects[0] ?? '' });
  await expect(login('halfway')).resolves.toMatch(/_a$/);
});
