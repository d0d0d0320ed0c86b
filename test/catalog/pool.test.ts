import { beforeEach, describe, expect, it } from 'vitest';
import { testCatalog } from './test-catalog.js';

const test = testCatalog();
const fleet = 'pooled';
const run = { fleet, plan: 'free', runId: 'run-1' };
const wanted = {
  plan: 'free',
  size: 3,
  refill: 2,
  settingsMark: 'settings',
  schemaMarks: ['none'] as [string],
};
const sql = (query: string, values: readonly unknown[] = []) => test.rows(query, values);

beforeEach(() => sql('delete from tenantry.projects where fleet = $1', [fleet]));

/** A project that can be taken. */
async function ready(name: string): Promise<void> {
  await sql(
    "insert into tenantry.projects (name, fleet, tenant_id, role, known_logins) values ($1, $2, '', 'pooled', '[]')",
    [name, fleet],
  );
  await sql(
    `insert into tenantry.pool_projects (name, fleet, plan, settings_mark, schema_mark, run_id, ready_at)
     values ($1, $2, 'free', 'settings', 'none', 'earlier', now())`,
    [name, fleet],
  );
}

it('a pool that is full again has no trouble any more, though nothing had to be made', async () => {
  for (const name of ['one', 'two', 'three']) await ready(name);
  const waits = { firstMs: 1, longestMs: 1 };
  await test.catalog.pool.noteTrouble(run, 'MigrationFailed: for a while', waits);
  expect(await test.catalog.pool.review(fleet, [wanted], 60_000)).toEqual([]);
  const [state] = await test.catalog.pool.states(fleet, ['free']);
  expect(state).toEqual({ plan: 'free', ready: 3, making: 0 });
});

describe('a turn that is repeated because its answer was lost', () => {
  it('takes what it had taken, and more where a tenant has taken a project meanwhile', async () => {
    for (const name of ['one', 'two']) await ready(name);
    const names = ['made-0', 'made-1'];
    const tasks = await test.catalog.pool.begin(run, wanted, names);
    expect(tasks).toEqual([{ name: 'made-0' }]);
    expect(await test.catalog.pool.begin(run, wanted, names)).toEqual(tasks);
    await sql("delete from tenantry.projects where name = 'one'");
    expect(await test.catalog.pool.begin(run, wanted, names)).toEqual([
      { name: 'made-0' },
      { name: 'made-1' },
    ]);
  });
});
