import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meterScheduleId } from '../../tenancy/naming.js';
import { runTenantry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

const hourMs = 3_600_000;
const period = '2026-03';

let t: TestTenantry;
let killed: { readonly projectId: string; readonly unreadAtTheKill: boolean };

const catalog = <Row extends object>(text: string, values: unknown[] = []) =>
  withClient(
    t.environment.TENANTRY_CATALOG_URL ?? '',
    async (client) => (await client.query<Row>(text, values)).rows,
  );

const readOf = async (projectId: string) =>
  catalog<{ seconds: number }>(
    'select compute_unit_seconds::float8 as seconds from tenantry.usage where project_id = $1 order by 1 desc',
    [projectId],
  );

/** A worker is killed when Neon has answered and nothing of it is in the catalog yet; another one takes its place. */
beforeAll(async () => {
  t = await startTenantry({
    fleet: { metering: { neonPlan: 'scale' }, timings: { ...quickTimings, neonCall: 10_000 } },
  });
  const worker = await startKillableWorker(t);
  const { projectId } = await t.tenantry.execute.onboard({ id: 'acme' });
  await catalog("update tenantry.usage_projects set read_from = read_from - interval '3 hours'");
  await t.emulator.enterUsage({
    project_id: projectId,
    at: new Date(Date.now() - 2 * hourMs).toISOString(),
    compute_unit_seconds: 4_321,
  });
  const held = await t.emulator.addFault({
    match: { method: 'GET', path: '/consumption_history/v2/projects', times: 1 },
    effect: { kind: 'hold-after-apply' },
  });
  const metering = t.meter();
  await held.struck();
  await worker.stop('SIGKILL');
  killed = { projectId, unreadAtTheKill: (await readOf(projectId)).length === 0 };
  await held.lift();
  await t.startWorker();
  await metering;

  // A month that is over, of tenants that there were never.
  const used = (project: string, tenant: string | null, plan: string, day: number, seconds: number) =>
    catalog(
      `insert into tenantry.usage values ($1, $2, $3, $4, $5, $6, 1000000000, 0, 0, 0, 0, 0, 12, now())`,
      [project, `${period}-${String(day).padStart(2, '0')}T10:00:00Z`, t.fleet.name, tenant, plan, seconds],
    );
  await used('p-one', '=cmd,"1"\u001b[2J', 'free', 3, 3_600_000);
  await used('p-two', '<b>two</b>', 'pro', 4, 36_000_000);
  await used('p-three', null, 'pro', 5, 7_200);
  await catalog(
    "insert into tenantry.usage_projects (project_id, fleet, tenant_id, plan, due_at) values ('p-two', $1, '<b>two</b>', 'pro', null)",
    [t.fleet.name],
  );
});

afterAll(() => t.stop());

describe('a worker that is killed while it meters', () => {
  it('leaves it to the next one, which has all of it', async () => {
    expect(killed.unreadAtTheKill).toBe(true);
    await eventually('it is read', async () => {
      await t.meter();
      return (await readOf(killed.projectId)).length > 0;
    });
    expect((await readOf(killed.projectId))[0]).toEqual({ seconds: 4_321 });
  });

  it('had seen to it that the fleet is metered again and again', async () => {
    const { spec, action } = await t.temporal.schedule.getHandle(meterScheduleId(t.fleet.name)).describe();
    expect(spec.intervals?.[0]?.every).toBe(quickTimings.meter);
    expect(action.args).toEqual([expect.objectContaining({ fleet: t.fleet.name })]);
  });
});

describe('tenantry fleet cost', () => {
  const cost = (...args: string[]) => runTenantry(['fleet', 'cost', ...args], t.environment);

  it('is a table of plans and tenants', async () => {
    const { exitCode, stdout, stderr } = await cost('--period', period);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).not.toContain('\u001b');
    const gbHours = 3 / 744;
    const total = ((3_600_000 + 36_000_000 + 7_200) / 3_600) * 0.222 + gbHours * 0.35;
    expect(stdout).toContain(`${period}: $${total.toFixed(2)} so far, $${total.toFixed(2)} at the end`);
    expect(stdout).toMatch(/^pro +\$2220\.44 /m);
    expect(stdout).toMatch(/^\(erased\) +pro +\$0\.44 /m);
  });

  it('is JSON, the same as the client gives', async () => {
    const { stdout } = await cost('--period', period, '--json');
    const view = JSON.parse(stdout);
    const given = await t.tenantry.fleet.cost({ period });
    expect(view).toMatchObject({ period, neonPlan: 'scale', cost: { total: given.total.total } });
    expect(view.tenants.map(({ id }: { id: string | null }) => id)).toEqual(
      given.tenants.map(({ tenantId }) => tenantId ?? null),
    );
    expect(view.tenants[0].usage.computeUnitSeconds).toBe(36_000_000);
    // Scale has 25 branches, and these have 12 beside the root.
    expect(view.tenants[0].usage).toMatchObject({ branchHours: 12, extraBranchHours: 0 });
  });

  it('is CSV that a spreadsheet only reads', async () => {
    const { stdout } = await cost('--period', period, '--csv');
    const [head, ...rows] = stdout.trimEnd().split('\r\n');
    expect(head?.split(',').slice(0, 5)).toEqual(['period', 'tenant', 'plan', 'usd', 'forecastUsd']);
    expect(rows).toHaveLength(3);
    expect(rows[1]).toMatch(/^2026-03,"'=cmd,""1""\\x1b\[2J",free,222\./);
  });

  it('is an SVG in which no name is markup', async () => {
    const file = path.join(t.folder, 'cost.svg');
    const { exitCode } = await cost('--period', period, '--svg', file);
    expect(exitCode).toBe(0);
    const svg = await readFile(file, 'utf8');
    expect(svg).toContain('&lt;b&gt;two&lt;/b&gt;');
    for (const not of ['<b>', '\u001b', 'NaN']) expect(svg).not.toContain(not);
    expect(svg.match(/<rect/g)?.length).toBeGreaterThan(8);
  });

  it('refuses what is no month', async () => {
    const { exitCode, stderr } = await cost('--period', '2026-13');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('such as 2026-11');
  });
});

it('of a fleet that is not metered is refused with what to set', async () => {
  const other = await startTenantry();
  try {
    await expect(other.tenantry.fleet.cost()).rejects.toMatchObject({
      code: 'REQUEST_UNFIT',
      message: expect.stringContaining("metering: { neonPlan: 'launch' }"),
    });
  } finally {
    await other.stop();
  }
});
