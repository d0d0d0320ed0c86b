import { rename } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { noTenant } from '../../tenancy/tenant-id.js';
import { neonReply, terminate } from '../hands/cut-off.js';
import { inCatalog } from '../reconcile/support.js';
import { eventually } from '../support/eventually.js';
import { liveProjectsOf } from '../support/live-projects.js';
import { more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { fillPool, pooled } from './support.js';

/* What becomes of projects that wait for days, and of the tenants that get one, when somebody interferes. */

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry({ fleet: { plans: { free: pooled(2) }, defaultPlan: 'free' } });
  await t.writeMigration('0001_notes.sql', 'create table notes (body text);');
  await t.startWorker();
}, 60_000);

afterEach(() => t.emulator.liftFaults());

afterAll(() => t.stop());

/** The project that is taken next. */
async function nextOfThePool(): Promise<{ id: string; owner: string }> {
  const { rows } = await inCatalog(
    t,
    `select neon_id from tenantry.projects p join tenantry.pool_projects q on q.name = p.name
     order by q.created_at, q.name limit 1`,
  );
  const id: string = rows[0]?.neon_id;
  const owner = await t.catalog.secrets.open({ fleet: t.fleet.name, id: noTenant }, `project:${id}`);
  return { id, owner: owner ?? '' };
}

describe('a project of the pool', () => {
  it('in which somebody has made a login goes to no tenant', async () => {
    await fillPool(t, 2);
    const { id, owner } = await nextOfThePool();
    await withClient(owner, (client) =>
      client.query("create role intruder login password 'known to somebody'"),
    );
    await expect(t.tenantry.execute.onboard({ id: 'spied-on' })).rejects.toThrow('"intruder" can log in');
    expect(await liveProjectsOf(t, 'spied-on')).toEqual([]);
    expect((await t.emulator.liveProjects()).map((project) => project.id)).not.toContain(id);
  }, 60_000);

  it('whose secret no key opens is passed over', async () => {
    await fillPool(t, 2);
    const { id } = await nextOfThePool();
    await inCatalog(t, "update tenantry.secrets set key_id = 'lost' where kind = $1", [`project:${id}`]);
    const { projectId } = await t.tenantry.execute.onboard({ id: 'unaffected' });
    expect(projectId).not.toBe(id);
    await withClient(await t.tenantry.connectionString('unaffected'), (client) =>
      client.query("insert into notes values ('mine')"),
    );
    await inCatalog(t, "update tenantry.secrets set key_id = 'test' where kind = $1", [`project:${id}`]);
  }, 60_000);

  it('is not restored to what it was before its tenant took it', async () => {
    await fillPool(t, 2);
    const time = new Date().toISOString();
    await t.tenantry.execute.onboard({ id: 'newborn' });
    await withClient(await t.tenantry.connectionString('newborn'), (client) =>
      client.query("insert into notes values ('mine')"),
    );
    await expect(t.tenantry.execute.restore('newborn', { to: { time } })).rejects.toThrow(
      'the tenant had no database',
    );
    const read = await withClient(await t.tenantry.connectionString('newborn'), (client) =>
      client.query('select body from notes'),
    );
    expect(read.rows).toEqual([{ body: 'mine' }]);
  }, 60_000);

  it('that is deleted between the look and the rename gives the tenant another one', async () => {
    await fillPool(t, 2);
    const { id } = await nextOfThePool();
    const renaming = await t.emulator.addFault({
      match: { method: 'PATCH', path: '/projects/*', times: 1 },
      effect: { kind: 'hold-before-apply' },
    });
    const handle = await t.tenantry.start.onboard({ id: 'unlucky' });
    await renaming.struck();
    await neonReply(t, 'DELETE', `/projects/${id}`);
    await renaming.lift();
    const { projectId } = await handle.result();
    expect(projectId).not.toBe(id);
    expect(await liveProjectsOf(t, 'unlucky')).toEqual([projectId]);
  }, 60_000);

  more(
    'that a terminated onboarding has taken is deleted, though it is renamed late',
    async () => {
      await fillPool(t, 2);
      const { id } = await nextOfThePool();
      const renaming = await t.emulator.addFault({
        match: { method: 'PATCH', path: '/projects/*', times: 1 },
        effect: { kind: 'hold-before-apply' },
      });
      await t.tenantry.start.onboard({ id: 'ended' });
      await renaming.struck();
      await terminate(t, 'ended');
      await renaming.lift();
      await eventually('it is gone', async () => {
        await t.sweep();
        return (await t.emulator.liveProjects()).every((project) => project.id !== id);
      });
      expect(await liveProjectsOf(t, 'ended')).toEqual([]);
    },
    60_000,
  );

  it('that cannot be made, for there are no migrations to read, holds up nothing else of a sweep', async () => {
    const folder = path.join(t.folder, 'migrations');
    await rename(folder, `${folder}-away`);
    try {
      await t.sweep();
    } finally {
      await rename(`${folder}-away`, folder);
    }
  }, 60_000);
});

describe('a create', () => {
  it('whose answer comes after its onboarding was given up leaves nothing', async () => {
    // Each project of the pool has been taken, so it creates one.
    await inCatalog(t, "update tenantry.pool_projects set settings_mark = 'of another plan'");
    const creating = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects', times: 1 },
      effect: { kind: 'hold-after-apply' },
    });
    await t.tenantry.start.onboard({ id: 'late' });
    await creating.struck();
    await terminate(t, 'late');
    await t.sweep();
    await creating.lift();
    await eventually('the answer is on record', async () => {
      const [project] = (await t.tenantry.exportRecord('late')).projects;
      return project?.projectId !== null;
    });
    await eventually('nothing is left', async () => {
      await t.sweep();
      return (await liveProjectsOf(t, 'late')).length === 0;
    });
  }, 60_000);
});
