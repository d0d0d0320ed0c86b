import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
  await t.startWorker();
});

afterAll(() => t.stop());

const found = async () =>
  (await t.tenantry.attention()).map(({ kind, tenantId = 'the fleet' }) => `${kind}: ${tenantId}`);

const eventuallyFound = (what: readonly string[]) =>
  eventually(what.join(', '), async () => (await found()).join() === what.join());

it('a key that Neon refuses concerns the fleet once, until a call goes well again', async () => {
  const revoked = await t.emulator.addFault({
    match: { path: '/projects*', times: 1_000 },
    effect: {
      kind: 'status',
      status: 401,
      body: { code: '', message: 'supplied credentials do not pass authentication' },
    },
  });
  for (const id of ['ada', 'blaise']) await expect(t.tenantry.execute.onboard({ id })).rejects.toThrow('401');
  await eventuallyFound(['key-refused: the fleet']);
  const [refused] = await t.tenantry.attention();
  expect(refused).toMatchObject({
    message: expect.stringMatching(
      /^Neon refuses the key of worker \d+@\S+ \(.*401.*\)\. Give the workers a key .*NEON_API_KEY/,
    ),
    since: expect.stringMatching(/^20/),
    command: 'doctor',
  });

  await revoked.lift();
  await t.tenantry.execute.onboard({ id: 'charles' });
  await eventuallyFound(['failed: ada', 'failed: blaise']);
});
