import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { namesOf, newcomer, testCatalog } from './test-catalog.js';

const test = testCatalog();

/** Onboardings of a fleet of their own that nothing was heard of for ten minutes; each has reported that step. */
async function silent(
  fleet: string,
  count: number,
  step: { name: string; until?: string },
): Promise<string[]> {
  const ids = [];
  for (let n = 0; n < count; n += 1) {
    const writer = { ...newcomer(), fleet };
    await test.catalog.tenants.beginOnboarding(writer, namesOf(writer));
    await test.catalog.progress.report(writer, [step]);
    ids.push(writer.id);
  }
  await test.rows(
    `update tenantry.tenants set updated_at = now() - interval '10 min' where fleet = '${fleet}'`,
  );
  return ids;
}

it('tenants that wait for a moment that is to come, on purpose, take no place of those that are stuck', async () => {
  const fleet = `f${randomUUID().slice(0, 8)}`;
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  await silent(fleet, 10, { name: 'wait out the grace', until: inAnHour });
  const anHourAgo = new Date(Date.now() - 3_600_000).toISOString();
  const stuck = await silent(fleet, 2, { name: 'wait out the grace', until: anHourAgo });
  const found = await test.catalog.stalls.of(fleet, { stillMs: 20_000, limit: 2 });
  expect(found.map(({ tenant }) => tenant.id)).toEqual(stuck.sort());
});
