import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
});

afterAll(() => t.stop());

const ids = ['ada', 'blaise', 'charles'];

/** Their steps have waited for ten minutes. */
async function waitedForLong(which: readonly string[]): Promise<void> {
  const since = new Date(Date.now() - 600_000).toISOString();
  await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
    client.query(
      "update tenantry.progress set wait = jsonb_set(wait, '{since}', to_jsonb($2::text)) where tenant_id = any ($1)",
      [which, since],
    ),
  );
}

const ofTenants = async () => (await t.tenantry.attention()).filter(({ kind }) => kind !== 'no-worker');

it('what several tenants wait for is one entry, and what one waits for is that tenant’s', async () => {
  // What a worker tells of its next attempt would be news again.
  const worker = await startKillableWorker(t);
  const away = await t.emulator.addFault({
    match: { method: 'POST', path: '/projects', times: 100_000 },
    effect: { kind: 'status', status: 503, body: { code: '', message: 'overloaded' } },
  });
  for (const id of ids) await t.tenantry.start.onboard({ id });
  await eventually('all wait', async () => {
    const rows = await t.catalog.progress.of(t.fleet.name, ids);
    return rows.filter(({ wait }) => wait !== undefined).length === ids.length;
  });
  await worker.stop('SIGKILL');

  await waitedForLong(['ada']);
  expect(await ofTenants()).toMatchObject([{ kind: 'waiting', tenantId: 'ada' }]);
  await waitedForLong(ids);
  expect(await ofTenants()).toEqual([
    {
      kind: 'outage',
      message: expect.stringMatching(
        /^3 tenants wait: .*503.*; tried up to \d+ times\. Nothing to do: .*neonstatus/,
      ),
      since: expect.stringMatching(/^20/),
      command: 'status',
    },
  ]);
  await away.lift();
});
