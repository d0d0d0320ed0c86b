import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { testCatalog } from './test-catalog.js';

const test = testCatalog();
const silenceMs = 3_600_000;

/** A fleet whose tenants are at these migrations. */
async function fleetAt(...versions: readonly (string | null)[]): Promise<string> {
  const fleet = `f${randomUUID().slice(0, 8)}`;
  for (const [at, version] of versions.entries())
    await test.rows(
      `insert into tenantry.tenants (fleet, id, state, settled_state, plan, app_role, run_id, schema_version)
       values ($1, $2, 'ready', 'ready', 'free', $2, 'run', $3)`,
      [fleet, `t${at}`, version],
    );
  return fleet;
}

const change = (fleet: string, id: string, set: string) =>
  test.rows(`update tenantry.tenants set ${set} where fleet = $1 and id = $2`, [fleet, id]);

const contract = (name: string, before?: string) => ({ name, before });
const heldBack = async (fleet: string, ...files: ReturnType<typeof contract>[]) =>
  (await test.catalog.contracts.firstHeldBack(fleet, files, silenceMs))?.name;

it('a contract is held back by whoever lacks the file before it, as a number and not as a text', async () => {
  const fleet = await fleetAt('9_a', '10_b', null, 'not_numbered');
  const file = contract('11_c', '10_b');
  expect(await heldBack(fleet, file)).toBe('11_c');
  expect(await test.catalog.contracts.blockers(fleet, file, silenceMs)).toEqual({
    tenants: 3,
    sample: ['t0', 't2', 't3'],
    builds: [],
  });
  for (const id of ['t0', 't2', 't3']) await change(fleet, id, `schema_version = '10_b'`);
  expect(await heldBack(fleet, file)).toBeUndefined();
});

it('of several the first that is held back is named, in whatever order they are asked for', async () => {
  const fleet = await fleetAt('0003_c', '0005_e');
  const files = [contract('0009_i', '0008_h'), contract('0006_f', '0005_e'), contract('0002_b', '0001_a')];
  expect(await heldBack(fleet, ...files)).toBe('0006_f');
  expect(await heldBack(fleet)).toBeUndefined();
});

it('nobody counts to whom nobody can connect, and a fleet without tenants holds nothing back', async () => {
  const fleet = await fleetAt('0001_a', '0001_a', '0001_a', '0001_a', '0002_b');
  await change(fleet, 't0', `state = 'suspended', settled_state = 'suspended'`);
  await change(fleet, 't1', `state = 'offboarding'`);
  await change(fleet, 't2', `state = 'offboarded', settled_state = 'offboarded'`);
  const file = contract('0003_c', '0002_b');
  expect(await heldBack(fleet, file)).toBe('0003_c');
  // In the middle of another operation it is in use.
  await change(fleet, 't3', `state = 'updating'`);
  expect(await heldBack(fleet, file)).toBe('0003_c');
  expect((await test.catalog.contracts.blockers(fleet, file, silenceMs)).sample).toEqual(['t3']);
  await change(fleet, 't3', `schema_version = '0002_b'`);
  expect(await heldBack(fleet, file)).toBeUndefined();
  expect(await heldBack(await fleetAt(), file)).toBeUndefined();
});

it('once one has it only builds hold it back, and the first file of all has only builds', async () => {
  const fleet = await fleetAt('0001_a', '0003_c');
  const [first, third] = [contract('0001_a'), contract('0003_c', '0002_b')];
  expect(await heldBack(fleet, first, third)).toBeUndefined();
  await test.catalog.builds.beat(fleet, { id: 'web-1', schema: '0002_b' });
  expect(await heldBack(fleet, first, third)).toBe('0003_c');
  expect(await test.catalog.contracts.blockers(fleet, third, silenceMs)).toEqual({
    tenants: 0,
    sample: [],
    builds: [{ id: 'web-1', schema: '0002_b' }],
  });
  await test.catalog.builds.beat(fleet, { id: 'web-0', schema: '0' });
  expect(await heldBack(fleet, first, third)).toBe('0001_a');
  await test.rows(`update tenantry.builds set seen_at = now() - interval '61 minutes' where fleet = $1`, [
    fleet,
  ]);
  expect(await heldBack(fleet, first, third)).toBeUndefined();
});
