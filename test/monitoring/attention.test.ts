import { afterAll, beforeAll, expect, it } from 'vitest';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

beforeAll(async () => {
  const timings = { ...quickTimings, meter: 60_000, reconcile: 86_400_000 };
  t = await startTenantry({ fleet: { metering: { neonPlan: 'launch' }, timings } });
});
afterAll(() => t.stop());

const catalog = (text: string, values: readonly unknown[] = []) =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) => client.query(text, [...values]));
const told = async (kind: string) => (await t.tenantry.attention()).filter((entry) => entry.kind === kind);

it('a metering that is behind is told of, and not one whose turn has just come', async () => {
  await catalog(
    "insert into tenantry.usage_projects (project_id, fleet, due_at) values ('p-1', $1, now() - interval '2 minutes')",
    [t.fleet.name],
  );
  expect(await told('metering-behind')).toEqual([]);
  await catalog("update tenantry.usage_projects set due_at = now() - interval '5 minutes'");
  expect(await told('metering-behind')).toEqual([
    {
      kind: 'metering-behind',
      message: expect.stringMatching(/^what 1 projects use was to be read by now/),
      since: expect.any(String),
      command: 'doctor',
    },
  ]);
});

it('a reconcile that does not come is told of', async () => {
  const key = { fleet: t.fleet.name, runId: 'once' };
  await t.catalog.reconciles.begin(key, 'reconcile');
  await t.catalog.reconciles.end(key, {
    summary: { projects: 0, tenants: 0, lookedInto: 0, asleep: 0, unanswered: 0 },
  });
  expect(await told('not-reconciled')).toEqual([]);
  await catalog("update tenantry.reconciles set began_at = began_at - interval '3 days'");
  expect(await told('not-reconciled')).toMatchObject([
    { message: expect.stringMatching(/^no reconcile has begun for long/), command: 'reconcile' },
  ]);
});
