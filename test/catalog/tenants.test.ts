import { beforeEach, describe, expect, it } from 'vitest';
import { NameTakenError } from '../../catalog/name-taken.js';
import { StaleRunError, type Writer } from '../../catalog/tenant.js';
import type { Tenants } from '../../catalog/tenants.js';
import { namesOf, newcomer, testCatalog } from './test-catalog.js';

const test = testCatalog();
const reason = { type: 'MigrationFailed' as const, message: 'the migration "0001" does not apply: 💥' };

let acme: Writer;

beforeEach(async () => {
  acme = newcomer();
  await test.catalog.tenants.beginOnboarding(acme, namesOf(acme));
});

const present = () => test.catalog.tenants.get(acme);

describe('a write', () => {
  const writes: [keyof Tenants, (tenants: Tenants, writer: Writer) => Promise<void>][] = [
    ['forgetSchema', (tenants, writer) => tenants.forgetSchema(writer)],
  ];

  it.each(writes)('of a run that was outlived is refused: %s', async (_, write) => {
    await test.catalog.tenants.beginOnboarding({ ...acme, runId: 'run-2' }, namesOf(acme), acme.runId);
    const before = await present();
    await expect(write(test.catalog.tenants, acme)).rejects.toThrow(StaleRunError);
    expect(await present()).toEqual(before);
  });

  it.each(writes)('for a tenant that is not on record is refused: %s', async (_, write) => {
    const stranger = newcomer();
    await expect(write(test.catalog.tenants, stranger)).rejects.toThrow(StaleRunError);
    expect(await test.catalog.tenants.get(stranger)).toBeUndefined();
  });
});

describe('a name', () => {
  it.each([
    ['projectName', 'another tenant has a project "'],
    ['appRole', 'unique constraint'],
  ] as const)('is one tenant’s alone: %s', async (name, problem) => {
    const second = newcomer();
    const taken = { ...namesOf(second), [name]: namesOf(acme)[name] };
    await expect(test.catalog.tenants.beginOnboarding(second, taken)).rejects.toThrow(problem);
    expect(await test.catalog.tenants.get(second)).toBeUndefined();
  });

  it('of a project is one tenant’s alone also across fleets', async () => {
    const second = newcomer('search');
    const taken = { ...namesOf(second), projectName: namesOf(acme).projectName };
    await expect(test.catalog.tenants.beginOnboarding(second, taken)).rejects.toThrow(NameTakenError);
  });
});

describe('a tenant', () => {
  it('is ready with its schema’s version and since when', async () => {
    await test.catalog.operations.succeed(acme, 'onboard', {
      detail: {},
      change: { schema_version: '0007_documents', access: '1' },
    });
    const tenant = await present();
    expect(tenant).toMatchObject({
      state: 'ready',
      schemaVersion: '0007_documents',
      readyAt: expect.any(Date),
    });
    expect(tenant?.failure).toBeUndefined();
  });

  it('is ready also without a migration', async () => {
    await test.catalog.operations.succeed(acme, 'onboard', {
      detail: {},
      change: { schema_version: null, access: '1' },
    });
    expect(await present()).toMatchObject({ state: 'ready', schemaVersion: undefined });
  });

  it('is failed with the reason, word for word', async () => {
    await test.catalog.operations.fail(acme, 'onboard', reason, true);
    expect(await present()).toMatchObject({ state: 'failed', failure: reason, readyAt: undefined });
  });
});
