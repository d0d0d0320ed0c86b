import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isGone } from '../../catalog/workers.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
});

afterAll(() => t.stop());

it('the worker that was there last is known, also where it ended properly and an older one was killed', async () => {
  const { fleet, taskQueue } = { fleet: t.fleet.name, taskQueue: t.taskQueue };
  const worker = (identity: string) => {
    const key = { fleet, taskQueue, id: randomUUID() };
    return {
      beat: () => t.catalog.workers.beat(key, { identity, build: undefined }),
      leave: () => t.catalog.workers.leave(key),
    };
  };
  const [killed, ended] = [worker('1@older'), worker('2@newer')];
  await killed.beat();
  await ended.beat();
  expect((await t.catalog.workers.of(fleet, taskQueue)).map(isGone)).toEqual([false, false]);
  expect((await t.catalog.gauges(fleet, taskQueue)).workers).toBe(2);
  await ended.leave();
  // One that has just ended is no sign that none works.
  expect((await t.catalog.workers.of(fleet, taskQueue)).map(({ identity }) => identity)).toEqual([
    '1@older',
    '2@newer',
  ]);
  await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
    client.query(
      "update tenantry.workers set seen_at = seen_at - interval '1 minute' where identity = '1@older'",
    ),
  );
  const [newest, older] = await t.catalog.workers.of(fleet, taskQueue);
  expect(newest).toMatchObject({ identity: '2@newer', hasLeft: true });
  expect(older).toMatchObject({ identity: '1@older', hasLeft: false });
  expect(newest && isGone(newest)).toBe(true);
  expect((await t.catalog.gauges(fleet, taskQueue)).workers).toBe(0);
  expect((await t.tenantry.attention()).find(({ kind }) => kind === 'no-worker')?.message).toContain(
    '2@newer',
  );
});
