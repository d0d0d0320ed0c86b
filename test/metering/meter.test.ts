import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { freePlan, quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

const hourMs = 3_600_000;

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry({
    fleet: {
      metering: { neonPlan: 'launch' },
      plans: { free: freePlan, brief: { ...freePlan, historyRetentionSeconds: 2 * 3_600 } },
      timings: { ...quickTimings, meterLateness: 2 * hourMs },
    },
  });
  await t.startWorker();
});

afterEach(() => t.emulator.liftFaults());
afterAll(() => t.stop());

const catalog = <Row extends object>(text: string, values: unknown[] = []) =>
  withClient(
    t.environment.TENANTRY_CATALOG_URL ?? '',
    async (client) => (await client.query<Row>(text, values)).rows,
  );

interface Hour {
  readonly project_id: string;
  readonly hour: string;
  readonly compute_unit_seconds: number;
  readonly transfer_bytes: number;
}

const key = ({ project_id, hour }: Pick<Hour, 'project_id' | 'hour'>) => `${project_id} ${hour}`;

/** What the emulator's books say, by project and hour, in the whole units that Neon tells. */
async function books(projectIds: readonly string[]): Promise<Record<string, string>> {
  const hours = new Map<string, { seconds: number; bytes: number }>();
  for (const row of await t.emulator.usage()) {
    if (!projectIds.includes(row.project_id)) continue;
    const hour = hours.get(key(row)) ?? { seconds: 0, bytes: 0 };
    hour.seconds += row.compute_unit_seconds;
    hour.bytes += row.transfer_bytes;
    hours.set(key(row), hour);
  }
  return Object.fromEntries(
    [...hours].map(([name, { seconds, bytes }]) => [name, `${Math.floor(seconds)} s, ${bytes} B`]),
  );
}

/** The same of the catalog. */
async function metered(projectIds: readonly string[]): Promise<Record<string, string>> {
  const rows = await catalog<Hour & { hour: Date }>(
    `select project_id, hour, compute_unit_seconds::float8, public_transfer_bytes::float8 as transfer_bytes
     from tenantry.usage where project_id = any($1)`,
    [projectIds],
  );
  return Object.fromEntries(
    rows
      .map((row) => ({ ...row, hour: (row.hour as unknown as Date).toISOString() }))
      .map((row) => [key(row), `${row.compute_unit_seconds} s, ${row.transfer_bytes} B`]),
  );
}

const startOfHour = (hoursAgo: number) =>
  new Date(Math.floor(Date.now() / hourMs) * hourMs - hoursAgo * hourMs).toISOString();

/** As if it had been there for some hours. */
async function tenant(id: string, hours = 12, plan = 'free'): Promise<string> {
  const { projectId } = await t.tenantry.execute.onboard({ id, plan });
  await catalog('update tenantry.usage_projects set read_from = $2 where project_id = $1', [
    projectId,
    startOfHour(hours),
  ]);
  return projectId;
}

/** Puts its computes to sleep, so that the books stand still. */
async function asleep(projectId: string): Promise<void> {
  const record = async () => (await t.emulator.records()).find(({ id }) => id === projectId);
  await eventually('its computes sleep', async () => {
    const now = await record();
    if (now === undefined || now.busy) return false;
    const awake = now.endpoints.find(({ current_state }) => current_state !== 'idle');
    if (awake !== undefined)
      await fetch(`${t.emulator.url}/projects/${projectId}/endpoints/${awake.id}/suspend`, {
        method: 'POST',
        headers: { authorization: `Bearer ${t.emulator.apiKey}` },
      });
    return awake === undefined;
  });
}

const stateOf = async (projectId: string) => {
  const [row] = await catalog<{
    read_from: Date;
    due_at: Date | null;
    gone_at: Date | null;
    lost_hours: number;
  }>('select read_from, due_at, gone_at, lost_hours from tenantry.usage_projects where project_id = $1', [
    projectId,
  ]);
  return row;
};

describe('metering', () => {
  it("has what the emulator's books have, to the unit, however often it is done", async () => {
    const projects = [await tenant('acme'), await tenant('bravo')];
    for (const [at, project_id] of projects.entries()) {
      await t.emulator.enterUsage({
        project_id,
        at: startOfHour(5),
        compute_unit_seconds: 1_234.5 + at,
        transfer_bytes: 987_654_321,
        logical_bytes: 3_000_000_000,
      });
      await t.emulator.enterUsage({ project_id, at: startOfHour(1), compute_unit_seconds: 77.7 });
      await asleep(project_id);
    }
    expect(await t.meter()).toEqual({ projects: 2 });
    const once = await metered(projects);
    expect(once).toMatchObject(await books(projects));
    expect(Object.keys(once).length).toBeGreaterThanOrEqual(6 * 2);
    await t.meter();
    await t.meter();
    expect(await metered(projects)).toEqual(once);
  });

  it("has the storage of the emulator's books, to the byte and the hour", async () => {
    const stored = await tenant('stored');
    await asleep(stored);
    const bytes = 3_000_000_000;
    await t.emulator.enterUsage({ project_id: stored, at: startOfHour(0), logical_bytes: bytes });
    const response = await fetch(`${t.emulator.url}/projects/${stored}/branches`, {
      headers: { authorization: `Bearer ${t.emulator.apiKey}` },
    });
    const { branches } = (await response.json()) as { branches: { created_at: string }[] };
    // Its size counts since the hour began, or since there is a branch.
    const since = Math.max(Date.parse(branches[0]?.created_at ?? ''), Date.parse(startOfHour(0)));
    const byteHours = (until: number) => (bytes * Math.max(0, until - since)) / hourMs;
    // Neon tells times by the second.
    const told = 1_000;
    const before = Date.now();
    await t.meter();
    const [row] = await catalog<{ bytes: number; children: number }>(
      `select root_branch_byte_hours::float8 as bytes, child_branch_byte_hours::float8 as children
       from tenantry.usage where project_id = $1 and hour = $2`,
      [stored, startOfHour(0)],
    );
    expect(row?.bytes).toBeGreaterThanOrEqual(Math.floor(byteHours(before - told)));
    expect(row?.bytes).toBeLessThanOrEqual(Math.ceil(byteHours(Date.now())));
    expect(row?.children).toBe(0);
  });

  it("has the history of the emulator's books, to the byte, for as long as the plan keeps it", async () => {
    const brief = await tenant('brief', 12, 'brief');
    await asleep(brief);
    for (const [hoursAgo, written_bytes] of [
      [6, 7_654_321_098],
      [5, 1_000_000_001],
      [1, 2_345_678_901],
    ] as const)
      await t.emulator.enterUsage({ project_id: brief, at: startOfHour(hoursAgo), written_bytes });
    const before = Date.now();
    await t.meter();
    const after = Date.now();
    const written = (await t.emulator.usage()).filter(({ project_id }) => project_id === brief);
    /** Two hours of history, of which an hour has as much as was over by then. */
    const expected = (hour: string, until: number) =>
      Math.floor(
        written
          .filter(({ hour: at }) => Date.parse(at) <= Date.parse(hour))
          .filter(({ hour: at }) => Date.parse(at) + 2 * hourMs > Date.parse(hour))
          .reduce((sum, { written_bytes }) => sum + written_bytes, 0) *
          Math.min(1, (until - Date.parse(hour)) / hourMs),
      );
    const rows = await catalog<{ hour: Date; bytes: number }>(
      `select hour, history_byte_hours::float8 as bytes from tenantry.usage where project_id = $1 order by hour`,
      [brief],
    );
    const now = startOfHour(0);
    const past = rows.filter(({ hour }) => hour.toISOString() < now);
    expect(past).toHaveLength(6);
    expect(past.map(({ bytes }) => bytes)).toEqual(
      past.map(({ hour }) => expected(hour.toISOString(), Date.parse(now))),
    );
    expect(past.map(({ bytes }) => bytes)).toEqual([
      7_654_321_098, 8_654_321_099, 1_000_000_001, 0, 0, 2_345_678_901,
    ]);
    const current = rows.at(-1)?.bytes;
    expect(current).toBeGreaterThanOrEqual(expected(now, before));
    expect(current).toBeLessThanOrEqual(expected(now, after) + 1);
  });

  it("has the storage of a copy of the emulator's books, apart from that of the root branch, to the byte and the hour", async () => {
    const copied = await tenant('copied');
    await t.tenantry.execute.branch('copied', { name: 'look' });
    await asleep(copied);
    const branches = (await t.emulator.records()).find(({ id }) => id === copied)?.branches ?? [];
    const child = branches.find(({ default: isDefault }) => !isDefault)?.id ?? '';
    const [mine, written] = [40_000_000_000, 30_000_000_000];
    await t.emulator.enterUsage({ project_id: copied, at: startOfHour(0), logical_bytes: mine });
    await t.emulator.enterUsage({
      project_id: copied,
      branch_id: child,
      at: startOfHour(0),
      logical_bytes: mine,
      written_bytes: written,
    });
    const response = await fetch(`${t.emulator.url}/projects/${copied}/branches/${child}`, {
      headers: { authorization: `Bearer ${t.emulator.apiKey}` },
    });
    const { branch } = (await response.json()) as { branch: { created_at: string } };
    const before = Date.now();
    await t.meter();
    const after = Date.now();
    const row = (await t.emulator.usage()).find(
      ({ branch_id, hour }) => branch_id === child && hour === startOfHour(0),
    );
    // A child has what was written in it: what its Postgres wrote itself, and what was entered.
    const bytes = row?.written_bytes ?? 0;
    expect(bytes).toBeGreaterThanOrEqual(written);
    expect(bytes).toBeLessThan(mine);
    const since = Math.max(Date.parse(branch.created_at), Date.parse(startOfHour(0)));
    const [told] = await catalog<{ children: number; history: number }>(
      `select child_branch_byte_hours::float8 as children, history_byte_hours::float8 as history
       from tenantry.usage where project_id = $1 and hour = $2`,
      [copied, startOfHour(0)],
    );
    expect(told?.children).toBeGreaterThanOrEqual(
      Math.floor((bytes * Math.max(0, before - 1_000 - since)) / hourMs),
    );
    expect(told?.children).toBeLessThanOrEqual(Math.ceil((bytes * (after - since)) / hourMs));
    // Neon bills the history of root branches alone.
    expect(told?.history).toBeLessThan(written / 100);
  });

  it('has an hour that Neon tells late, until that hour is settled', async () => {
    const late = await tenant('late');
    await t.emulator.enterUsage({ project_id: late, at: startOfHour(2), compute_unit_seconds: 100 });
    await asleep(late);
    await t.meter();
    await t.emulator.enterUsage({ project_id: late, at: startOfHour(2), compute_unit_seconds: 23 });
    await t.meter();
    expect((await metered([late]))[`${late} ${startOfHour(2)}`]).toMatch(/^123 s/);
    expect(await metered([late])).toMatchObject(await books([late]));
    // The lateness of this fleet is two hours: what is settled is not asked about again.
    expect((await stateOf(late))?.read_from.toISOString()).toBe(startOfHour(2));
  });

  it('has the last hours of a project that was deleted, and is done with it once they are settled', async () => {
    const gone = await tenant('gone');
    await t.emulator.enterUsage({ project_id: gone, at: startOfHour(1), compute_unit_seconds: 500 });
    await asleep(gone);
    await t.tenantry.execute.offboard('gone', { graceMs: 0 });
    expect(await stateOf(gone)).toMatchObject({ gone_at: expect.any(Date), due_at: expect.any(Date) });
    await t.emulator.enterUsage({ project_id: gone, at: startOfHour(0), compute_unit_seconds: 60 });
    await t.meter();
    expect(await metered([gone])).toMatchObject(await books([gone]));
    expect((await stateOf(gone))?.due_at).not.toBeNull();
    await catalog(
      "update tenantry.usage_projects set gone_at = gone_at - interval '4 hours' where project_id = $1",
      [gone],
    );
    await t.meter();
    expect((await stateOf(gone))?.due_at).toBeNull();
  });

  it('has what an onboarding that failed cost', async () => {
    await t.writeMigration('0001_broken.sql', 'select no_such_function();');
    await expect(t.tenantry.execute.onboard({ id: 'unlucky' })).rejects.toMatchObject({
      code: 'OPERATION_FAILED',
    });
    await t.removeMigrations();
    const [row] = await catalog<{ project_id: string; gone_at: Date | null }>(
      "select project_id, gone_at from tenantry.usage_projects where tenant_id = 'unlucky'",
    );
    expect(row?.gone_at).toBeInstanceOf(Date);
    await t.meter();
    const { tenants } = await t.tenantry.fleet.cost();
    expect(tenants.map(({ tenantId }) => tenantId)).toContain('unlucky');
  });

  it('goes on where a call failed, and reads nothing twice as if it were more', async () => {
    const fragile = await tenant('fragile');
    await t.emulator.enterUsage({ project_id: fragile, at: startOfHour(3), compute_unit_seconds: 42 });
    await asleep(fragile);
    const fault = await t.emulator.addFault({
      match: { method: 'GET', path: '/consumption_history/v2/projects', times: 1 },
      effect: { kind: 'drop-after-apply' },
    });
    await t.meter();
    await fault.struck();
    expect(await metered([fragile])).toMatchObject(await books([fragile]));
  });

  it('waits where Neon asks for patience', async () => {
    const patient = await tenant('patient');
    const fault = await t.emulator.addFault({
      match: { method: 'GET', path: '/consumption_history/v2/projects', times: 2 },
      effect: { kind: 'rate-limit' },
    });
    await asleep(patient);
    await t.meter();
    await fault.struck();
    expect(await metered([patient])).toMatchObject(await books([patient]));
  });

  it('comes to the others where Neon refuses to tell of some', async () => {
    const [bad, good] = [await tenant('bad'), await tenant('good')];
    await asleep(good);
    const refusal = await t.emulator.addFault({
      match: { method: 'GET', path: '/consumption_history/v2/projects', times: 1 },
      effect: { kind: 'status', status: 400, body: { code: '', message: 'no such project' } },
    });
    await catalog(
      "update tenantry.usage_projects set due_at = case project_id when $1 then now() else now() + interval '1 hour' end",
      [bad],
    );
    const once = () =>
      t.temporal.workflow.execute('meter', {
        workflowId: `meter-once-${Math.random()}`,
        taskQueue: t.taskQueue,
        args: [{ fleet: t.fleet.name, timings: t.fleet.timings }],
      });
    await expect(once()).rejects.toThrow();
    await refusal.struck();
    expect((await stateOf(bad))?.due_at?.getTime()).toBeGreaterThan(Date.now() + 60_000);
    await catalog('update tenantry.usage_projects set due_at = now() where project_id = $1', [good]);
    expect(await once()).toEqual({ projects: 1 });
    expect(await metered([good])).toMatchObject(await books([good]));
  });

  it('asks about a hundred projects at once, those first that have waited longest', async () => {
    await t.meter();
    await catalog(
      `insert into tenantry.usage_projects (project_id, fleet, tenant_id, read_from)
       select 'made-up-' || n, $1, 'many', date_trunc('hour', now()) from generate_series(1, 250) n`,
      [t.fleet.name],
    );
    const calls = async () =>
      (await t.emulator.calls()).filter(({ path }) => path.startsWith('/consumption_history')).length;
    const before = await calls();
    const { projects } = await t.meter();
    expect(await calls()).toBe(before + Math.ceil(projects / 100));
    // What Neon does not tell of it may yet tell of.
    expect(await stateOf('made-up-7')).toMatchObject({ due_at: expect.any(Date), lost_hours: 0 });
    await catalog("delete from tenantry.usage_projects where tenant_id = 'many'");
  });

  it('says how many hours it came too late for', async () => {
    const forgotten = await tenant('forgotten');
    await t.meter();
    await catalog(
      "update tenantry.usage_projects set read_from = read_from - interval '200 hours' where project_id = $1",
      [forgotten],
    );
    await t.meter();
    const lost = (await stateOf(forgotten))?.lost_hours ?? 0;
    // It was read up to 202 hours ago, and Neon tells of 167.
    expect(lost).toBe(202 - 167);
    expect((await t.tenantry.fleet.cost()).progress.lostHours).toBe(lost);
  });

  it('keeps what an erased tenant cost, and not whose it was', async () => {
    const secret = await tenant('erased');
    await t.emulator.enterUsage({ project_id: secret, at: startOfHour(4), compute_unit_seconds: 3_600_000 });
    await t.meter();
    const before = await t.tenantry.fleet.cost();
    await t.tenantry.execute.offboard('erased', { graceMs: 0 });
    await t.tenantry.execute.erase('erased');
    const after = await t.tenantry.fleet.cost();
    const unnamed = after.tenants.find(({ tenantId }) => tenantId === undefined);
    expect(after.tenants.map(({ tenantId }) => tenantId)).not.toContain('erased');
    expect(unnamed?.cost.compute).toBeGreaterThanOrEqual(1_000 * 0.106);
    expect(after.total.total).toBeGreaterThanOrEqual(before.total.total);
    expect(await catalog("select 1 from tenantry.usage where tenant_id = 'erased'")).toEqual([]);
    expect(await catalog("select 1 from tenantry.usage_projects where tenant_id = 'erased'")).toEqual([]);
  });
});
