import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { reconcileScheduleId } from '../../tenancy/naming.js';
import { noTenant } from '../../tenancy/tenant-id.js';
import { neonReply } from '../hands/cut-off.js';
import { asItStands, found, inCatalog } from '../reconcile/support.js';
import { eventually } from '../support/eventually.js';
import { liveProjectsOf } from '../support/live-projects.js';
import { longForm } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { freePlan, quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { fillPool, poolAtNeon, pooled, readyIn } from './support.js';

let t: TestTenantry;

// Fifty of the same moment, on a pool of twenty, are the long form.
const [size, signUps] = longForm ? [20, 50] : [3, 8];

beforeAll(async () => {
  t = await startTenantry({
    fleet: {
      plans: { free: pooled(size), pro: freePlan },
      defaultPlan: 'free',
      reconcile: { apply: true },
      timings: { ...quickTimings, reconcileAge: 1 },
    },
  });
  await t.writeMigration('0001_notes.sql', 'create table notes (body text);');
  await t.startWorker();
}, 60_000);

afterEach(() => t.emulator.liftFaults());

afterAll(() => t.stop());

const writes = async (id: string) =>
  withClient(await t.tenantry.connectionString(id), async (client) => {
    await client.query("insert into notes values ('mine')");
  });

const nameAtNeon = async (projectId: string) =>
  (await t.emulator.liveProjects()).find(({ id }) => id === projectId)?.name;

const callsSince = async (count: number) =>
  (await t.emulator.calls()).slice(count).map(({ method, path, status }) => `${method} ${path} ${status}`);

describe('a pool', () => {
  it('is filled with projects that are migrated, asleep and nobody’s', async () => {
    await fillPool(t, size);
    const ids = await poolAtNeon(t);
    expect(ids).toHaveLength(size);
    const records = (await t.emulator.records()).filter(({ id }) => ids.includes(id));
    const states = records.flatMap(({ endpoints }) => endpoints.map(({ current_state }) => current_state));
    expect(states).toEqual(ids.map(() => 'idle'));
    expect(await t.tenantry.list()).toMatchObject({ tenants: [] });
    const secrets = await inCatalog(t, 'select kind from tenantry.secrets where tenant_id = $1', [noTenant]);
    expect(secrets.rows.map(({ kind }) => kind).sort()).toEqual(ids.map((id) => `project:${id}`));
  });

  it('gives an onboarding a project for two calls to Neon, under the tenant’s name', async () => {
    const before = await poolAtNeon(t);
    const calls = (await t.emulator.calls()).length;
    const { projectId } = await t.tenantry.execute.onboard({ id: 'first' });
    expect(await callsSince(calls)).toEqual([
      `GET /projects/${projectId} 200`,
      `PATCH /projects/${projectId} 200`,
    ]);
    expect(before).toContain(projectId);
    // From here on it costs the tenant something, and not the pool.
    const metered = await inCatalog(
      t,
      'select tenant_id, plan from tenantry.usage_projects where project_id = $1',
      [projectId],
    );
    expect(metered.rows).toEqual([{ tenant_id: 'first', plan: null }]);
    expect(await liveProjectsOf(t, 'first')).toEqual([projectId]);
    await writes('first');
    expect(await t.tenantry.get('first')).toMatchObject({
      state: 'ready',
      projectId,
      schemaVersion: '0001_notes',
    });
    const left = await inCatalog(t, 'select kind from tenantry.secrets where kind = $1', [
      `project:${projectId}`,
    ]);
    expect(left.rows).toEqual([]);
  });

  it('has a line of its own in what the fleet has used', async () => {
    const [waiting = ''] = await poolAtNeon(t);
    await inCatalog(
      t,
      `insert into tenantry.usage
       select project_id, date_trunc('hour', now()), fleet, tenant_id, plan, 900, 1, 0, 0, 0, 0, 0, 1, now()
       from tenantry.usage_projects where project_id = $1`,
      [waiting],
    );
    const range = { from: new Date(Date.now() - 7_200_000), to: new Date(Date.now() + 3_600_000) };
    const lines = await t.catalog.usage.report(t.fleet.name, range, 10);
    expect(lines).toMatchObject([{ isPool: true, plan: 'free', usage: { computeUnitSeconds: 900 } }]);
    expect(lines[0]).not.toHaveProperty('tenantId');
  });

  it('gives more sign-ups of the same moment than it has projects all that it has, and none twice', async () => {
    await fillPool(t, size);
    const pool = await poolAtNeon(t);
    const ids = Array.from({ length: signUps }, (_, index) => `at-once-${index}`);
    const all = await Promise.all(ids.map((id) => t.tenantry.execute.onboard({ id })));
    const projects = all.map(({ projectId }) => projectId);
    expect(new Set(projects).size).toBe(signUps);
    expect(projects.filter((id) => pool.includes(id))).toHaveLength(size);
    for (const id of ids) await writes(id);
    expect(await poolAtNeon(t)).toEqual([]);
  }, 60_000);

  it('is left alone by the onboardings of a plan without one', async () => {
    await fillPool(t, size);
    const pool = await poolAtNeon(t);
    const { projectId } = await t.tenantry.execute.onboard({ id: 'paying', plan: 'pro' });
    expect(pool).not.toContain(projectId);
    expect(await readyIn(t)).toBe(size);
  });

  it('brings its projects up to date where they are, and a tenant that is faster gets the migration too', async () => {
    const pool = await poolAtNeon(t);
    await t.writeMigration('0002_more.sql', 'alter table notes add column at timestamptz;');
    const { projectId } = await t.tenantry.execute.onboard({ id: 'faster' });
    expect(pool).toContain(projectId);
    expect(await t.tenantry.get('faster')).toMatchObject({ schemaVersion: '0002_more' });
    await fillPool(t, size);
    await eventually('all are up to date', async () => {
      await t.sweep();
      const { rows } = await inCatalog(
        t,
        'select count(distinct schema_mark)::integer as marks from tenantry.pool_projects where ready_at is not null',
      );
      return rows[0]?.marks === 1 && (await readyIn(t)) === size;
    });
    const after = await poolAtNeon(t);
    expect(pool.filter((id) => after.includes(id))).toHaveLength(size - 1);
  }, 60_000);

  it('is no orphan to a reconcile', async () => {
    const pool = await poolAtNeon(t);
    const before = await Promise.all(pool.map((id) => asItStands(t, id)));
    await t.temporal.workflow.execute('reconcile', {
      workflowId: `${reconcileScheduleId(t.fleet.name)}-pool`,
      taskQueue: t.taskQueue,
      args: [{ fleet: t.fleet.name, timings: t.fleet.timings }],
    });
    expect(await found(t)).toEqual([]);
    expect(await Promise.all(pool.map((id) => asItStands(t, id)))).toEqual(before);
    expect(await readyIn(t)).toBe(size);
  }, 60_000);

  it('that lost a project in Neon’s console gives the tenant another one', async () => {
    const [lost = ''] = (
      await inCatalog(
        t,
        `select neon_id from tenantry.projects p join tenantry.pool_projects q on q.name = p.name order by q.created_at, q.name limit 1`,
      )
    ).rows.map(({ neon_id }) => neon_id);
    await neonReply(t, 'DELETE', `/projects/${lost}`);
    const { projectId } = await t.tenantry.execute.onboard({ id: 'survivor' });
    expect(projectId).not.toBe(lost);
    await writes('survivor');
    expect(await nameAtNeon(projectId)).toContain('-survivor-');
  });

  it('gives nobody a project that a tenant has taken since the catalog was backed up', async () => {
    await fillPool(t, size);
    const [forgotten] = (
      await inCatalog(
        t,
        `select p.name, p.neon_id from tenantry.projects p join tenantry.pool_projects q on q.name = p.name
         order by q.created_at, q.name limit 1`,
      )
    ).rows;
    await neonReply(t, 'PATCH', `/projects/${forgotten?.neon_id}`, { project: { name: 'of-somebody' } });
    const { projectId } = await t.tenantry.execute.onboard({ id: 'careful' });
    expect(projectId).not.toBe(forgotten?.neon_id);
    expect(await nameAtNeon(forgotten?.neon_id)).toBe('of-somebody');
    expect(await t.catalog.projects.withId(forgotten?.neon_id)).toBeUndefined();
  }, 60_000);

  it('gets nothing back from an onboarding that fails: its project is deleted', async () => {
    await fillPool(t, size);
    const before = await poolAtNeon(t);
    const renaming = await t.emulator.addFault({
      match: { method: 'PATCH', path: '/projects/*' },
      effect: { kind: 'hold-after-apply' },
    });
    const handle = await t.tenantry.start.onboard({ id: 'undone' });
    await renaming.struck();
    await handle.cancel();
    await renaming.lift();
    await expect(handle.result()).rejects.toThrow();
    expect(await liveProjectsOf(t, 'undone')).toEqual([]);
    const after = await poolAtNeon(t);
    expect(before.filter((id) => after.includes(id))).toHaveLength(size - 1);
    expect(await readyIn(t)).toBe(size - 1);
  }, 60_000);

  it('is forgotten by an erase of a tenant that came from it, with its name there', async () => {
    const { projectId } = await t.tenantry.execute.onboard({ id: 'erased' });
    await t.tenantry.execute.offboard('erased', { graceMs: 1 });
    await t.tenantry.execute.erase('erased');
    expect(await nameAtNeon(projectId)).toBeUndefined();
    const traces = await inCatalog(
      t,
      `select 'projects' as place from tenantry.projects where tenant_id = $1
       union all select 'secrets' from tenantry.secrets where tenant_id = $1`,
      ['erased'],
    );
    expect(traces.rows).toEqual([]);
  }, 60_000);

  it('refuses to let a tenant adopt one of its projects', async () => {
    await fillPool(t, size);
    const [project = ''] = await poolAtNeon(t);
    await expect(t.tenantry.execute.adopt('thief', { projectId: project })).rejects.toThrow(
      `project ${project} is one that fleet`,
    );
    expect(await readyIn(t)).toBe(size);
  });
});
