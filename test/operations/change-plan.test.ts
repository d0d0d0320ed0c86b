import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { listBranches } from '../../neon/branches.js';
import { listEndpoints, updateEndpoint } from '../../neon/endpoints.js';
import { getProject, updateProject } from '../../neon/projects.js';
import { runTenantry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

const region = 'aws-us-east-1';
const gigabyte = 1_073_741_824;
const plans = {
  free: {
    region,
    compute: { minCu: 0.25, maxCu: 0.25, suspendAfterSeconds: 300 },
    historyRetentionSeconds: 86_400,
    quota: { activeTimeSeconds: 360_000, logicalSizeBytes: gigabyte },
  },
  pro: {
    region,
    compute: { minCu: 0.5, maxCu: 2, suspendAfterSeconds: 600 },
    historyRetentionSeconds: 604_800,
    quota: { logicalSizeBytes: 10 * gigabyte },
  },
  tiny: { region, compute: { maxCu: 0.25 }, quota: { logicalSizeBytes: 1_000_000 } },
  abroad: { region: 'aws-eu-central-1' },
  older: { region, postgres: 16 },
};

let shared: TestTenantry;

beforeAll(async () => {
  t = shared = await startTenantry({ fleet: { plans } });
  await t.startWorker();
});

afterEach(() => shared.emulator.liftFaults());
afterAll(() => shared.stop());

/** A tenant of each test's own. */
let acme: string;
let made = 0;

beforeEach(() => {
  made += 1;
  acme = `acme-${made}`;
});

async function readyTenant(): Promise<string> {
  const { projectId } = await t.tenantry.execute.onboard({ id: acme });
  return projectId;
}

const change = async (plan: string) => t.tenantry.execute.changePlan(acme, { plan });
const preview = async (plan: string) => t.tenantry.execute.previewPlanChange(acme, { plan });

/** Everything that a plan sets, as Neon itself tells it. */
async function atNeon(projectId: string) {
  const [project, [endpoint]] = await Promise.all([
    getProject(t.neon, projectId),
    listEndpoints(t.neon, projectId),
  ]);
  const quota = Object.entries(project.settings?.quota ?? {}).filter(([, limit]) => limit > 0);
  return {
    compute: [
      endpoint?.autoscaling_limit_min_cu,
      endpoint?.autoscaling_limit_max_cu,
      endpoint?.suspend_timeout_seconds,
    ],
    newCompute: [
      project.default_endpoint_settings?.autoscaling_limit_min_cu,
      project.default_endpoint_settings?.autoscaling_limit_max_cu,
      project.default_endpoint_settings?.suspend_timeout_seconds,
    ],
    retention: project.history_retention_seconds,
    quota: Object.fromEntries(quota),
  };
}

const free = {
  compute: [0.25, 0.25, 300],
  newCompute: [0.25, 0.25, 300],
  retention: 86_400,
  quota: { active_time_seconds: 360_000, logical_size_bytes: gigabyte },
};
const pro = {
  compute: [0.5, 2, 600],
  newCompute: [0.5, 2, 600],
  retention: 604_800,
  quota: { logical_size_bytes: 10 * gigabyte },
};

/** How often the tenant's project was changed. */
async function patches(): Promise<number> {
  const project = `/projects/${(await t.tenantry.get(acme))?.projectId}`;
  return (await t.emulator.calls()).filter(
    ({ method, path }) => method === 'PATCH' && path.startsWith(project),
  ).length;
}

const trailOf = async (runId: string) =>
  (await t.tenantry.history(acme)).filter((entry) => entry.runId === runId);

describe('changing the plan of a tenant', () => {
  it('puts all of the plan into force, up and down, and the same connection string works', async () => {
    const projectId = await readyTenant();
    const connection = await t.tenantry.connectionString(acme);
    expect(await change('pro')).toMatchObject({
      id: acme,
      state: 'ready',
      plan: 'pro',
      formerPlan: 'free',
      applied: true,
      differences: [
        { setting: 'compute.minCu', from: 0.25, to: 0.5 },
        { setting: 'compute.maxCu', from: 0.25, to: 2 },
        { setting: 'compute.suspendAfterSeconds', from: 300, to: 600 },
        { setting: 'newCompute.minCu', from: 0.25, to: 0.5 },
        { setting: 'newCompute.maxCu', from: 0.25, to: 2 },
        { setting: 'newCompute.suspendAfterSeconds', from: 300, to: 600 },
        { setting: 'historyRetentionSeconds', from: 86_400, to: 604_800 },
        { setting: 'quota.activeTimeSeconds', from: 360_000, to: 0 },
        { setting: 'quota.logicalSizeBytes', from: gigabyte, to: 10 * gigabyte },
      ],
    });
    expect(await atNeon(projectId)).toEqual(pro);
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', plan: 'pro' });
    await change('free');
    expect(await atNeon(projectId)).toEqual(free);
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', plan: 'free' });
    await withClient(connection, (client) => client.query('select 1'));
  });

  it('is found by its new plan in Temporal, and leaves one beginning and one end in the audit trail', async () => {
    await readyTenant();
    const handle = await t.tenantry.start.changePlan(acme, { plan: 'pro' });
    await handle.result();
    const run = await t.temporal.workflow.getHandle(handle.workflowId, handle.runId).describe();
    expect(run.searchAttributes).toMatchObject({ Plan: ['pro'], Stage: ['ready'] });
    const trail = await trailOf(handle.runId);
    expect(trail.map(({ event, state }) => [event, state])).toEqual([
      ['began', 'updating'],
      ['succeeded', 'ready'],
    ]);
    expect(trail[1]?.detail).toMatchObject({ plan: 'pro', formerPlan: 'free' });
  });

  it('to the plan that it has changes nothing when nothing differs', async () => {
    await readyTenant();
    expect(await change('free')).toMatchObject({ plan: 'free', differences: [] });
    expect(await patches()).toBe(0);
  });

  it('to the plan that it has repairs what somebody changed at Neon', async () => {
    const projectId = await readyTenant();
    const [endpoint] = await listEndpoints(t.neon, projectId);
    await updateEndpoint(
      t.neon,
      { projectId, endpointId: endpoint?.id ?? '' },
      { autoscaling_limit_max_cu: 4 },
    );
    await eventually('the project is at rest', () =>
      updateProject(t.neon, projectId, { settings: { quota: {} } }).then(
        () => true,
        () => false,
      ),
    );
    const { differences } = await change('free');
    expect(differences).toEqual([
      { setting: 'compute.maxCu', from: 4, to: 0.25 },
      { setting: 'quota.activeTimeSeconds', from: 0, to: 360_000 },
      { setting: 'quota.logicalSizeBytes', from: 0, to: gigabyte },
    ]);
    expect(await atNeon(projectId)).toEqual(free);
  });
});

describe('a change of plan that goes wrong', () => {
  const endpoints = { method: 'PATCH', path: '/projects/*/endpoints/*', times: 1 } as const;

  it('restores the old plan when an operation of Neon’s fails', async () => {
    const projectId = await readyTenant();
    await t.emulator.addFault({
      match: endpoints,
      effect: { kind: 'fail-operation', status: 'error' },
    });
    const handle = await t.tenantry.start.changePlan(acme, { plan: 'pro' });
    await expect(handle.result()).rejects.toMatchObject({
      code: 'OPERATION_FAILED',
      reason: { type: 'NeonOperationFailed' },
    });
    expect(await atNeon(projectId)).toEqual(free);
    expect(await t.tenantry.get(acme)).toMatchObject({
      state: 'ready',
      plan: 'free',
      failure: { type: 'NeonOperationFailed' },
    });
    expect((await trailOf(handle.runId)).map(({ event }) => event)).toEqual(['began', 'failed']);
  });

  it('names a setting that is not in force when Neon is asked again, and restores the old plan', async () => {
    const projectId = await readyTenant();
    const [endpoint] = await listEndpoints(t.neon, projectId);
    const working = await t.emulator.addFault({ match: endpoints, effect: { kind: 'hang-operation' } });
    const changing = t.tenantry.execute.changePlan(acme, { plan: 'pro' });
    await working.struck();
    const readingBack = await t.emulator.addFault({
      match: { method: 'GET', path: '/projects/*/branches', times: 1_000 },
      effect: { kind: 'hold-before-apply' },
    });
    await working.lift();
    await readingBack.struck();
    await updateEndpoint(
      t.neon,
      { projectId, endpointId: endpoint?.id ?? '' },
      { autoscaling_limit_max_cu: 1 },
    );
    await readingBack.lift();
    await expect(changing).rejects.toMatchObject({
      reason: {
        type: 'NeonContractViolation',
        message: 'Neon did not take what was set: compute.maxCu is 1 and not 2',
      },
    });
    expect(await atNeon(projectId)).toEqual(free);
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', plan: 'free' });
  });

  it('restores the old plan when it is cancelled', async () => {
    const projectId = await readyTenant();
    const fault = await t.emulator.addFault({ match: endpoints, effect: { kind: 'hold-after-apply' } });
    const handle = await t.tenantry.start.changePlan(acme, { plan: 'pro' });
    await fault.struck();
    await handle.cancel();
    await fault.lift();
    await expect(handle.result()).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
    expect(await atNeon(projectId)).toEqual(free);
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', plan: 'free' });
  });
});

describe('a plan that the tenant cannot have', () => {
  it.each([
    ['of another region', 'abroad', /is in aws-eu-central-1 and the tenant in aws-us-east-1/],
    ['of another Postgres', 'older', /has Postgres 16 and the tenant 17/],
  ])('%s is refused, and nothing is changed', async (_, plan, message) => {
    await readyTenant();
    await expect(change(plan)).rejects.toMatchObject({
      reason: { type: 'RequestUnfit', message: expect.stringMatching(message) },
    });
    await expect(preview(plan)).rejects.toMatchObject({ reason: { type: 'RequestUnfit' } });
    expect(await patches()).toBe(0);
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', plan: 'free' });
  });

  it('is one that the fleet does not have, which is told before anything is asked', async () => {
    await readyTenant();
    await expect(t.tenantry.start.changePlan(acme, { plan: 'gold' })).rejects.toMatchObject({
      code: 'UNKNOWN_PLAN',
      message: 'the fleet has no plan "gold": it has free, pro, tiny, abroad, older',
    });
    await expect(t.tenantry.start.previewPlanChange(acme, { plan: 'gold' })).rejects.toMatchObject({
      code: 'UNKNOWN_PLAN',
    });
  });

  it('is one too small for the data that is there, and the refusal has the figures', async () => {
    // The size of the data is looked at often, as the refusal depends on it; that is dear where there are many tenants.
    t = await startTenantry({
      fleet: { plans },
      emulator: { timings: { meterInterval: 100, quotaInterval: 100 } },
    });
    onTestFinished(async () => {
      await t.stop();
      t = shared;
    });
    await t.startWorker();
    const projectId = await readyTenant();
    const size = async () =>
      (await listBranches(t.neon, projectId)).find((branch) => branch.default)?.logical_size ?? 0;
    await eventually('Neon has measured the data', async () => (await size()) > 1_000_000);
    await expect(change('tiny')).rejects.toMatchObject({
      reason: {
        type: 'RequestUnfit',
        message: expect.stringMatching(/takes \d{8,} bytes, and plan "tiny" allows 1000000/),
      },
    });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', plan: 'free' });
  });

  it('is any, while the tenant is suspended', async () => {
    await readyTenant();
    await t.tenantry.execute.suspend(acme);
    await expect(t.tenantry.start.changePlan(acme, { plan: 'pro' })).rejects.toMatchObject({
      code: 'TENANT_STATE_CONFLICT',
      state: 'suspended',
    });
  });
});

describe('a preview', () => {
  it('tells what a change would do and does none of it, the tenant in its state all the while', async () => {
    const projectId = await readyTenant();
    const fault = await t.emulator.addFault({
      match: { method: 'GET', path: '/projects/*/endpoints' },
      effect: { kind: 'hold-before-apply' },
    });
    const handle = await t.tenantry.start.previewPlanChange(acme, { plan: 'pro' });
    await fault.struck();
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready' });
    await expect(t.tenantry.start.changePlan(acme, { plan: 'pro' })).rejects.toMatchObject({
      code: 'TENANT_BUSY',
    });
    await fault.lift();
    const previewed = await handle.result();
    expect(previewed).toMatchObject({ state: 'ready', plan: 'pro', formerPlan: 'free', applied: false });
    expect(await patches()).toBe(0);
    expect(await atNeon(projectId)).toEqual(free);
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', plan: 'free' });
    expect(await trailOf(handle.runId)).toEqual([]);
    expect((await change('pro')).differences).toEqual(previewed.differences);
  });

  it('is a command that tells each setting', async () => {
    await readyTenant();
    const { stdout, exitCode } = await runTenantry(['plan', acme, 'pro', '--preview'], t.environment);
    expect(stdout.split('\n')).toEqual([
      `plan pro would change for ${acme}:`,
      '  compute.minCu: 0.25 -> 0.5',
      '  compute.maxCu: 0.25 -> 2',
      '  compute.suspendAfterSeconds: 300 -> 600',
      '  newCompute.minCu: 0.25 -> 0.5',
      '  newCompute.maxCu: 0.25 -> 2',
      '  newCompute.suspendAfterSeconds: 300 -> 600',
      '  historyRetentionSeconds: 86400 -> 604800',
      '  quota.activeTimeSeconds: 360000 -> unlimited',
      '  quota.logicalSizeBytes: 1073741824 -> 10737418240',
      '',
    ]);
    expect(exitCode).toBe(0);
  });
});
