import { expect, it } from 'vitest';
import type { Writer } from '../../catalog/tenant.js';
import { namesOf, newcomer, testCatalog } from './test-catalog.js';

const test = testCatalog();

async function readyTenant(): Promise<Writer> {
  const writer = newcomer();
  await test.catalog.tenants.beginOnboarding(writer, namesOf(writer));
  await test.catalog.operations.succeed(writer, 'onboard', {
    detail: {},
    change: { schema_version: '0001', access: '1' },
  });
  return writer;
}

const asked = {};

it('the operation and the run that left a tenant in a passing state are told to the next one, however often it asks', async () => {
  const acme = await readyTenant();
  const { operations } = test.catalog;
  const [moving, repairing] = ['a move', 'a repair'].map((runId) => ({ ...acme, runId })) as [Writer, Writer];
  expect(await operations.begin(moving, 'move', asked)).toMatchObject({ kind: 'begun', left: undefined });
  for (const _ of ['once', 'twice'])
    expect(await operations.begin(repairing, 'repair', asked, { seenClosed: moving.runId })).toMatchObject({
      kind: 'begun',
      left: { operation: 'move', runId: moving.runId },
    });
});

it('one that has come to a state that lasts was left by nobody', async () => {
  const acme = await readyTenant();
  const { operations } = test.catalog;
  const [moving, repairing, next] = ['m', 'r', 'n'].map((runId) => ({ ...acme, runId })) as [
    Writer,
    Writer,
    Writer,
  ];
  await operations.begin(moving, 'move', asked);
  await operations.begin(repairing, 'repair', asked, { seenClosed: moving.runId });
  expect(await operations.succeed(repairing, 'repair', { detail: {} })).toMatchObject({ state: 'ready' });
  expect(await operations.begin(next, 'suspend', asked)).toMatchObject({ kind: 'begun', left: undefined });
});

it('a kept quota is the one that was seen last, and only the run that holds the tenant keeps one', async () => {
  const acme = await readyTenant();
  const { keptQuotas, operations } = test.catalog;
  const suspending = { ...acme, runId: 'holds it' };
  await operations.begin(suspending, 'suspend', asked);
  await keptQuotas.keep(suspending, { active_time_seconds: 3_600 });
  await keptQuotas.keep(acme, { active_time_seconds: 1 });
  expect(await keptQuotas.of(acme)).toEqual({ active_time_seconds: 3_600 });
});
