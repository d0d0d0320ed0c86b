import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
  await t.startWorker();
});

afterAll(() => t.stop());

const revoke = (path: string) =>
  t.emulator.addFault({
    match: { path, times: 100_000 },
    effect: {
      kind: 'status',
      status: 401,
      body: { code: '', message: 'supplied credentials do not pass authentication' },
    },
  });

/** Until Neon has refused one of its calls. */
const untilItWaits = (id: string) =>
  eventually(`${id} waits`, async () => {
    const [row] = await t.catalog.progress.of(t.fleet.name, [id]);
    return row?.wait?.type === 'NeonKeyRefused';
  });

it('what is under way when the key is revoked, an undo among it, goes on by itself once Neon knows a key', async () => {
  for (const id of ['suspended', 'moved', 'leaving']) await t.tenantry.execute.onboard({ id });
  const hold = await t.emulator.addFault({
    match: { method: 'POST', path: '/projects' },
    effect: { kind: 'hold-after-apply' },
  });
  const unwanted = await t.tenantry.start.onboard({ id: 'unwanted' });
  await hold.struck();

  const revoked = await revoke('/*');
  await hold.lift();
  await unwanted.cancel();
  const { start } = t.tenantry;
  const waiting = {
    new: await start.onboard({ id: 'new' }),
    suspended: await start.suspend('suspended'),
    moved: await start.move('moved'),
    leaving: await start.offboard('leaving', { graceMs: 0 }),
  };
  // A suspension needs Neon for less than to shut everybody out.
  for (const id of ['new', 'moved', 'leaving', 'unwanted']) await untilItWaits(id);
  expect(await t.tenantry.operationStatus('new')).toMatchObject({
    wait: { reason: expect.stringMatching(/401.*NEON_API_KEY/) },
  });

  await revoked.lift();
  const ended = await Promise.all(Object.values(waiting).map((handle) => handle.result()));
  expect(ended.map((result) => 'state' in result && result.state)).toEqual([
    'ready',
    'suspended',
    'ready',
    'offboarded',
  ]);
  await expect(unwanted.result()).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
  expect(await t.tenantry.get('unwanted')).toMatchObject({ state: 'failed' });
  expect((await t.tenantry.attention()).filter(({ tenantId }) => tenantId !== 'unwanted')).toEqual([]);
});

it('a key that Neon refuses concerns the fleet once, however many wait, until a call goes well again', async () => {
  const revoked = await revoke('/projects*');
  const handles = [];
  for (const id of ['ada', 'blaise']) {
    handles.push(await t.tenantry.start.onboard({ id }));
    await untilItWaits(id);
  }
  const found = async () => {
    // For ten minutes, as far as the catalog knows.
    await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
      client.query(
        `update tenantry.progress set wait = jsonb_set(wait, '{since}', to_jsonb('2026-01-01T00:00:00.000Z'::text)) where wait is not null`,
      ),
    );
    return (await t.tenantry.attention()).filter(({ tenantId }) => tenantId !== 'unwanted');
  };
  await eventually('it is told', async () => (await found()).length === 1);
  expect(await found()).toEqual([
    {
      kind: 'key-refused',
      message: expect.stringMatching(
        /^Neon refuses the key of worker \d+@\S+ \(.*401.*\)\. Give the workers a key .*NEON_API_KEY/,
      ),
      since: expect.stringMatching(/^20/),
      command: 'doctor',
    },
  ]);

  await revoked.lift();
  for (const handle of handles) expect(await handle.result()).toMatchObject({ state: 'ready' });
  await eventually('nothing is told', async () => (await found()).length === 0);
});
