import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TenantBusyError } from '../../client/index.js';
import { withClient } from '../support/sql.js';
import { freePlan, startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

const plans = {
  free: freePlan,
  pro: { ...freePlan, compute: { maxCu: 2 } },
  detailed: {
    region: 'aws-eu-central-1',
    postgres: 17,
    compute: { minCu: 0.5, maxCu: 2, suspendAfterSeconds: 120 },
    historyRetentionSeconds: 3_600,
    quota: { activeTimeSeconds: 1_000, logicalSizeBytes: 500_000_000 },
  },
};

beforeAll(async () => {
  t = await startTenantry({ fleet: { plans } });
  await t.writeMigration(
    '0001_documents.sql',
    'create extension vector;\ncreate table documents (id int primary key, embedding vector(3));\n',
  );
  await t.startWorker();
});

afterAll(() => t.stop());

describe('onboarding', () => {
  it('ends with a tenant that is ready and a role that works in its own database', async () => {
    const ready = await t.tenantry.execute.onboard({ id: 'acme' });
    expect(ready).toMatchObject({ id: 'acme', state: 'ready', plan: 'free' });
    expect(await t.tenantry.get('acme')).toMatchObject({
      state: 'ready',
      projectId: ready.projectId,
      schemaVersion: '0001_documents',
    });
    await withClient(await t.tenantry.connectionString('acme'), async (client) => {
      await client.query("insert into documents values (1, '[1,0,0]'), (2, '[0,1,0]')");
      const nearest = "select id from documents order by embedding <=> '[0,1,0.1]' limit 1";
      expect((await client.query(nearest)).rows).toEqual([{ id: 2 }]);
    });
  });

  it('tells every step in order, to the end', async () => {
    const handle = await t.tenantry.start.onboard({ id: 'told' });
    const done: string[] = [];
    for await (const { name, status } of handle.progress()) if (status === 'done') done.push(name);
    expect(done).toEqual(['create project', 'prepare database', 'publish']);
  });

  it('gives twenty callers at once one run, one project and the same answer', async () => {
    const before = (await t.emulator.liveProjects()).length;
    const handles = await Promise.all(
      Array.from({ length: 20 }, () => t.tenantry.start.onboard({ id: 'twenty' })),
    );
    const answers = await Promise.all(handles.map((handle) => handle.result()));
    expect(new Set(handles.map(({ runId }) => runId)).size).toBe(1);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect((await t.emulator.liveProjects()).length).toBe(before + 1);
  });

  it('answers for a tenant that is ready with the run that made it, and asks nothing of Neon', async () => {
    const first = await t.tenantry.start.onboard({ id: 'again' });
    await first.result();
    const calls = (await t.emulator.calls()).length;
    const second = await t.tenantry.start.onboard({ id: 'again' });
    expect(second.runId).toBe(first.runId);
    expect(await second.result()).toEqual(await first.result());
    expect((await t.emulator.calls()).length).toBe(calls);
  });

  it('refuses a tenant that is ready on another plan', async () => {
    await t.tenantry.execute.onboard({ id: 'fixed' });
    await expect(t.tenantry.start.onboard({ id: 'fixed', plan: 'pro' })).rejects.toMatchObject({
      code: 'TENANT_STATE_CONFLICT',
      message: expect.stringMatching(/ready on plan "free".*changePlan/),
    });
    expect(await t.tenantry.get('fixed')).toMatchObject({ state: 'ready', plan: 'free' });
  });

  it('does not join a run on another plan', async () => {
    const hold = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'hold-before-apply' },
    });
    const free = await t.tenantry.start.onboard({ id: 'plans', plan: 'free' });
    await hold.struck();
    await expect(t.tenantry.start.onboard({ id: 'plans', plan: 'pro' })).rejects.toThrow(TenantBusyError);
    await hold.lift();
    await free.result();
  });

  it('does not take a run of another kind under the same id for its own', async () => {
    const { workflowId } = await t.tenantry.start.onboard({ id: 'kind' });
    await t.temporal.workflow.getHandle(workflowId).result();
    // Nobody serves this queue, so the run stays open.
    const other = await t.temporal.workflow.start('offboardTenant', { workflowId, taskQueue: 'nobody' });
    await expect(t.tenantry.start.onboard({ id: 'kind' })).rejects.toMatchObject({
      code: 'TENANT_BUSY',
      runId: other.firstExecutionRunId,
      message: expect.stringContaining('offboardTenant'),
    });
    await other.terminate();
  });

  it('keeps tenants apart whose ids look alike', async () => {
    const long = 'x'.repeat(127);
    const ids = ['C2', 'c2', 'c-2', `${long}a`, `${long}b`, '東京', '大阪'];
    const ready = await Promise.all(ids.map(async (id) => t.tenantry.execute.onboard({ id })));
    expect(new Set(ready.map(({ projectId }) => projectId)).size).toBe(ids.length);
    const strings = await Promise.all(ids.map((id) => t.tenantry.connectionString(id)));
    expect(new Set(strings.map((string) => new URL(string).username)).size).toBe(ids.length);
  });

  it('is refused by Neon for a setting by the name that it has in the fleet’s file', async () => {
    const words =
      'requested history retention seconds exceeds allowed maximum; requested_history_retention_seconds:"86400", max:"21600"';
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'status', status: 400, body: { code: '', message: words } },
    });
    await expect(t.tenantry.execute.onboard({ id: 'refused' })).rejects.toMatchObject({
      reason: {
        type: 'NeonBadRequest',
        message: expect.stringMatching(/max:"21600".*the plan's historyRetentionSeconds$/),
      },
    });
  });

  it('sets everything that the plan says in the one create', async () => {
    const { projectId } = await t.tenantry.execute.onboard({ id: 'planned', plan: 'detailed' });
    const response = await fetch(`${t.emulator.url}/projects/${projectId}`, {
      headers: { authorization: `Bearer ${t.emulator.apiKey}` },
    });
    expect(await response.json()).toMatchObject({
      project: {
        region_id: 'aws-eu-central-1',
        pg_version: 17,
        history_retention_seconds: 3_600,
        store_passwords: true,
        default_endpoint_settings: {
          autoscaling_limit_min_cu: 0.5,
          autoscaling_limit_max_cu: 2,
          suspend_timeout_seconds: 120,
        },
        settings: { quota: { active_time_seconds: 1_000, logical_size_bytes: 500_000_000 } },
      },
    });
  });
});
