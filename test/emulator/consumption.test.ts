import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readyProject } from './stories.js';
import { eventually, sql, type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator({ timings: { meterInterval: 200 } });
});
afterAll(() => neon.stop());

const hour = 3_600_000;
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

function query(more: Record<string, string> = {}): string {
  const parameters = {
    org_id: neon.orgId,
    from: ago(hour),
    to: ago(0),
    granularity: 'hourly',
    metrics: 'compute_unit_seconds,root_branch_bytes_month,public_network_transfer_bytes',
    ...more,
  };
  return new URLSearchParams(parameters).toString();
}

const history = async (more: Record<string, string> = {}, of = 'v2/projects') =>
  neon.api('GET', `/consumption_history/${of}?${query(more)}`);

interface Metric {
  readonly metric_name: string;
  readonly value: number;
}

interface Period {
  readonly consumption: readonly { readonly metrics: readonly Metric[] }[];
}

/** Metrics of all periods and timeframes, added up. */
function totals({ periods }: { readonly periods: readonly Period[] }): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { consumption } of periods)
    for (const { metrics } of consumption)
      for (const { metric_name, value } of metrics) sums[metric_name] = (sums[metric_name] ?? 0) + value;
  return sums;
}

describe('the consumption history', () => {
  it('has what the computes of a project have really used', async () => {
    const project = await readyProject(neon.api, {
      default_endpoint_settings: { autoscaling_limit_min_cu: 8, autoscaling_limit_max_cu: 8 },
    });
    await sql(project.uri, (client) => client.query("SELECT repeat('x', 1000000)"));
    const { body } = await eventually(
      () => history({ project_ids: project.id }),
      (answer) => {
        const sums = totals(answer.body.projects[0]);
        return (sums.compute_unit_seconds ?? 0) >= 8 && (sums.root_branch_bytes_month ?? 0) > 0;
      },
    );
    const sums = totals(body.projects[0]);
    expect(sums.compute_unit_seconds).toBeLessThan(8 * 60);
    expect(sums.public_network_transfer_bytes).toBeGreaterThan(1_000_000);
    const { body: one } = await neon.api('GET', `/projects/${project.id}`);
    expect(one.project.compute_time_seconds).toBeGreaterThanOrEqual(sums.compute_unit_seconds ?? 0);
    expect(one.project.synthetic_storage_size).toBeGreaterThan(20_000_000);
    expect(one.project.consumption_period_end > new Date().toISOString()).toBe(true);
    const branch = await neon.api('GET', `/projects/${project.id}/branches/${project.branch}`);
    expect(branch.body.branch.logical_size).toBe(one.project.synthetic_storage_size);
  });

  it('tells the branches of a project apart', async () => {
    const project = await readyProject(neon.api);
    await neon.api('POST', `/projects/${project.id}/branches`, { branch: { name: 'child' } });
    const ofBranches = { project_ids: project.id, limit: '1' };
    const first = await history(ofBranches, 'v2/branches');
    const second = await history({ ...ofBranches, cursor: first.body.pagination.cursor }, 'v2/branches');
    const ids = [first, second].flatMap(({ body }) =>
      body.branches.map(({ branch_id }: { branch_id: string }) => branch_id),
    );
    expect(ids).toHaveLength(2);
    expect(ids).toContain(project.branch);
    expect([...ids].sort()).toEqual(ids);
    expect((await history({ metrics: 'extra_branches_month', ...ofBranches }, 'v2/branches')).status).toBe(
      400,
    );
  });

  it('has the history of a root branch for as long as the project keeps it, and none of a child', async () => {
    const project = await readyProject(neon.api, { history_retention_seconds: 7_200 });
    const made = await neon.api('POST', `/projects/${project.id}/branches`, { branch: { name: 'child' } });
    for (const branch_id of [project.branch, made.body.branch.id]) {
      const usage = { project_id: project.id, branch_id, at: ago(5 * hour), written_bytes: 1_234_567 };
      expect((await neon.control('POST', '/usage', usage)).status).toBeLessThan(300);
    }
    const asked = { project_ids: project.id, metrics: 'instant_restore_bytes_month', from: ago(6 * hour) };
    const { body } = await history(asked, 'v2/branches');
    const byBranch = Object.fromEntries(
      body.branches.map(({ branch_id, periods }: { branch_id: string; periods: Period[] }) => [
        branch_id,
        periods.flatMap(({ consumption }) => consumption.map(({ metrics }) => metrics[0]?.value)).slice(0, 5),
      ]),
    );
    expect(byBranch).toEqual({
      [project.branch]: [1_234_567, 1_234_567, 0, 0, 0],
      [made.body.branch.id]: [0, 0, 0, 0, 0],
    });
    const strange = { project_id: project.id, branch_id: 'br-none', at: ago(0), written_bytes: 1 };
    expect((await neon.control('POST', '/usage', strange)).status).toBe(404);
  });

  it('is still told in the terms of the older plans', async () => {
    const project = await readyProject(neon.api);
    const asked = { project_ids: project.id, metrics: 'logical_size_bytes' };
    const { body } = await history(asked, 'projects');
    const [frame] = body.projects[0].periods.at(-1).consumption;
    expect(frame).toMatchObject({ active_time_seconds: 0, logical_size_bytes: expect.any(Number) });
  });

  it.each([
    ['hourly', 3, 4],
    ['daily', 3 * 24, 4],
    ['monthly', 40 * 24, 3],
  ])('%s has whole timeframes, and none from before the project', async (granularity, hours, most) => {
    const { id } = await readyProject(neon.api);
    const { body } = await history({ project_ids: id, granularity, from: ago(hours * hour) });
    const frames = body.projects[0].periods.flatMap(
      ({ consumption }: { consumption: { timeframe_start: string; timeframe_end: string }[] }) => consumption,
    );
    expect(frames.length).toBeGreaterThanOrEqual(1);
    expect(frames.length).toBeLessThanOrEqual(Math.min(2, most));
    for (const { timeframe_start, timeframe_end } of frames) {
      expect(timeframe_start).toMatch(/T\d\d:00:00Z$/);
      expect(Date.parse(timeframe_end)).toBeGreaterThan(Date.now() - 5 * 60_000);
    }
  });

  it.each([
    ['reaches 168 hours back, and no further', 'hourly', 170 * hour],
    ['by days reaches 60 of them back', 'daily', 62 * 24 * hour],
    ['by months reaches a year back', 'monthly', 400 * 24 * hour],
  ])('%s', async (_, granularity, reach) => {
    expect((await history({ granularity, from: ago(reach) })).status).toBe(406);
    expect((await history({ granularity, from: ago(reach * 0.8) })).status).toBe(200);
  });

  it('has no range that ends before it begins', async () => {
    expect((await history({ from: ago(0), to: ago(hour) })).status).toBe(406);
  });

  it.each([
    [{ metrics: '' }, 400],
    [{ metrics: 'cpu_hours' }, 400],
    [{ granularity: 'yearly' }, 400],
    [{ from: 'yesterday' }, 400],
    [{ limit: '101' }, 400],
    [{ cursor: 'nothing-we-said' }, 400],
    [{ org_id: 'org-strange-one-12345678' }, 404],
  ])('refuses %j with %i', async (more, status) => {
    expect((await history(more)).status).toBe(status);
  });

  it('is read page by page, newest project first, with a cursor on every page', async () => {
    const ids: string[] = [];
    for (const name of ['one', 'two', 'three']) ids.unshift((await readyProject(neon.api, { name })).id);
    const page = async (cursor?: string) => {
      const asked = { project_ids: ids.join(','), limit: '2', ...(cursor && { cursor }) };
      const { body } = await history(asked);
      return {
        ids: body.projects.map(({ project_id }: { project_id: string }) => project_id),
        cursor: body.pagination.cursor,
      };
    };
    const first = await page();
    const second = await page(first.cursor);
    expect([first.ids, second.ids]).toEqual([ids.slice(0, 2), ids.slice(2)]);
    expect(second.cursor).toBe(ids[2]);
    const repeated = ids.map((id) => `project_ids=${id}`).join('&');
    const { body } = await neon.api('GET', `/consumption_history/v2/projects?${query()}&${repeated}`);
    expect(body.projects).toHaveLength(3);
  });

  it('does not wake a compute', async () => {
    const project = await readyProject(neon.api);
    const path = `/projects/${project.id}/endpoints/${project.endpoint}`;
    await neon.api('POST', `${path}/suspend`);
    const idle = async () => (await neon.api('GET', path)).body.endpoint.current_state === 'idle';
    await eventually(idle, Boolean);
    await history({ project_ids: project.id });
    expect(await idle()).toBe(true);
  });
});

describe('an account', () => {
  it('may ask for consumption some thirty times a minute, in a bucket of its own', async () => {
    const limited = await testEmulator({ compute: false, limits: { consumptionRequestsPerMinute: 3 } });
    const ask = () =>
      limited.api('GET', `/consumption_history/v2/projects?${query({ org_id: limited.orgId })}`);
    const statuses = [];
    for (let call = 0; call < 4; call++) statuses.push((await ask()).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await limited.api('GET', '/projects')).status).toBe(200);
    await limited.stop();
  });

  it('on the free plan has no consumption history', async () => {
    const free = await testEmulator({ compute: false, plan: 'free_v3' });
    const asked = query({ org_id: free.orgId });
    expect((await free.api('GET', `/consumption_history/v2/projects?${asked}`)).status).toBe(403);
    await free.stop();
  });
});
