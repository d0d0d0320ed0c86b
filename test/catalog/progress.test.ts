import { expect, it } from 'vitest';
import { namesOf, newcomer, testCatalog } from './test-catalog.js';

const test = testCatalog();

async function onboarding() {
  const writer = newcomer();
  await test.catalog.tenants.beginOnboarding(writer, namesOf(writer));
  const { progress } = test.catalog;
  const now = async () => (await progress.of(writer.fleet, [writer.id]))[0];
  return { writer, progress, now };
}

const first = [{ name: 'create project', at: 1_000 }];
const second = [
  { name: 'create project', at: 1_000, took: 500 },
  { name: 'prepare database', at: 1_500 },
];

it('a report of an attempt that was held up does not take the place of a newer one', async () => {
  const { writer, progress, now } = await onboarding();
  await progress.report(writer, first);
  await progress.report(writer, second);
  await progress.report(writer, first);
  expect((await now())?.steps).toEqual(second);
});

it('what an earlier attempt waits for does not take the place of what a later one waits for, nor end it', async () => {
  const { writer, progress, now } = await onboarding();
  const waiting = (attempts: number) =>
    ({ reason: `attempt ${attempts}`, type: 'NeonUnavailable', attempts }) as const;
  await progress.report(writer, first);
  await progress.wait(writer, '5', waiting(1));
  await progress.wait(writer, '5', waiting(3));
  await progress.wait(writer, '5', waiting(2));
  expect((await now())?.wait).toEqual(waiting(3));
  await progress.goOn(writer, '5', 3);
  expect((await now())?.wait).toEqual(waiting(3));
  await progress.goOn(writer, '5', 4);
  expect((await now())?.wait).toBeUndefined();
  await progress.wait(writer, '6', waiting(1));
  expect((await now())?.wait).toEqual(waiting(1));
});
