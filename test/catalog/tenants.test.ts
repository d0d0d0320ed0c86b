import { beforeEach, describe, expect, it } from 'vitest';
import { NameTakenError } from '../../catalog/name-taken.js';
import { StaleRunError, TenantRecordError, type Writer } from '../../catalog/tenant.js';
import type { Tenants } from '../../catalog/tenants.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import { namesOf, newcomer, testCatalog } from './test-catalog.js';

const test = testCatalog();
const reason = { type: 'MigrationFailed', message: 'the migration "0001" does not apply: 💥' };

let acme: Writer;

beforeEach(async () => {
  acme = newcomer();
  await test.catalog.tenants.beginOnboarding(acme, namesOf(acme));
});

const present = () => test.catalog.tenants.get(acme);

describe('a write', () => {
  const writes: [keyof Tenants, (tenants: Tenants, writer: Writer) => Promise<void>][] = [
    ['markCreatePosted', (tenants, writer) => tenants.markCreatePosted(writer)],
    ['clearCreatePosted', (tenants, writer) => tenants.clearCreatePosted(writer, 'refused')],
    ['recordProject', (tenants, writer) => tenants.recordProject(writer, 'p-stale')],
    ['forgetProject', (tenants, writer) => tenants.forgetProject(writer)],
    ['publish', (tenants, writer) => tenants.publish(writer, { schemaVersion: '0001', access: '1' })],
    ['fail', (tenants, writer) => tenants.fail(writer, reason)],
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

describe('creates', () => {
  it('are counted when they are sent, and no more when they were refused', async () => {
    const { tenants } = test.catalog;
    await tenants.markCreatePosted(acme);
    expect(await present()).toMatchObject({ createPosts: 1, createPostedAt: expect.any(Date) });
    await tenants.clearCreatePosted(acme, 'refused');
    expect(await present()).toMatchObject({ createPosts: 0, createPostedAt: undefined });
  });

  it('stay counted when a look saw nothing of them', async () => {
    const { tenants } = test.catalog;
    for (const posts of [1, 2]) {
      await tenants.markCreatePosted(acme);
      await tenants.clearCreatePosted(acme, 'not-seen');
      expect(await present()).toMatchObject({ createPosts: posts, createPostedAt: undefined });
    }
  });

  it('are in doubt no more once the project is on record, but still counted', async () => {
    await test.catalog.tenants.markCreatePosted(acme);
    await test.catalog.tenants.recordProject(acme, `project of ${acme.id}`);
    expect(await present()).toMatchObject({
      projectId: `project of ${acme.id}`,
      createPosts: 1,
      createPostedAt: undefined,
    });
  });

  it('are forgotten with their projects', async () => {
    await test.catalog.tenants.markCreatePosted(acme);
    await test.catalog.tenants.recordProject(acme, `project of ${acme.id}`);
    await test.catalog.tenants.forgetProject(acme);
    expect(await present()).toMatchObject({
      projectId: undefined,
      createPosts: 0,
      createPostedAt: undefined,
    });
  });
});

describe('a second project of one tenant', () => {
  it('is refused, and leaves the first one and its secret as they are', async () => {
    const { catalog } = test;
    await catalog.recordCreated(acme, `kept by ${acme.id}`, 'the first owner');
    await expect(catalog.recordCreated(acme, `late for ${acme.id}`, 'the second owner')).rejects.toThrow(
      TenantRecordError,
    );
    expect(await present()).toMatchObject({ projectId: `kept by ${acme.id}` });
    expect(await catalog.secrets.open(acme, 'owner')).toBe('the first owner');
  });
});

describe('a deleted project', () => {
  it('is struck off the record, and its creates stay counted', async () => {
    await test.catalog.tenants.markCreatePosted(acme);
    await test.catalog.tenants.recordProject(acme, `project of ${acme.id}`);
    await test.catalog.tenants.recordDeletion(acme, `project of ${acme.id}`);
    expect(await present()).toMatchObject({ projectId: undefined, createPosts: 1 });
  });

  it('leaves the record alone when the tenant has another project by now', async () => {
    await test.catalog.tenants.recordProject(acme, `new project of ${acme.id}`);
    const before = await present();
    await test.catalog.tenants.recordDeletion(acme, `old project of ${acme.id}`);
    expect(await present()).toEqual(before);
  });

  it('is not struck off the record of another tenant', async () => {
    await test.catalog.tenants.recordProject(acme, `project of ${acme.id}`);
    await test.catalog.tenants.recordDeletion(newcomer(), `project of ${acme.id}`);
    expect((await present())?.projectId).toBe(`project of ${acme.id}`);
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
    await test.catalog.tenants.publish(acme, { schemaVersion: '0007_documents', access: '1' });
    const tenant = await present();
    expect(tenant).toMatchObject({
      state: 'ready',
      schemaVersion: '0007_documents',
      readyAt: expect.any(Date),
    });
    expect(tenant?.failure).toBeUndefined();
  });

  it('is ready also without a migration', async () => {
    await test.catalog.tenants.publish(acme, { schemaVersion: undefined, access: '1' });
    expect(await present()).toMatchObject({ state: 'ready', schemaVersion: undefined });
  });

  it('is failed with the reason, word for word', async () => {
    await test.catalog.tenants.fail(acme, reason);
    expect(await present()).toMatchObject({ state: 'failed', failure: reason, readyAt: undefined });
  });

  it('is listed with the others of its fleet, by id', async () => {
    const ids = ['b', 'c', 'a', 'é'].map(tenantIdOf);
    for (const id of ids) {
      const writer = { fleet: 'listed', id, runId: 'run-1', workflowId: 'tenant/test' };
      await test.catalog.tenants.beginOnboarding(writer, namesOf(writer));
    }
    const listed = await test.catalog.tenants.list('listed');
    expect(listed.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'é']);
    expect(await test.catalog.tenants.list('unheard-of')).toEqual([]);
  });
});
