import { beforeEach, describe, expect, it } from 'vitest';
import { StaleRunError, type Writer } from '../../catalog/tenant.js';
import { namesOf, newcomer, testCatalog } from './test-catalog.js';

const test = testCatalog();
const stringOf = (role: string) => `postgresql://${role}:s3cret-${role}@ep-1/app`;

let acme: Writer;
let first: string;

beforeEach(async () => {
  acme = newcomer();
  const names = { ...namesOf(acme), appRole: `${acme.id}_a`.replaceAll(' ', '_') };
  first = names.appRole;
  await test.catalog.tenants.beginOnboarding(acme, names);
  await test.catalog.secrets.put(acme, 'app', stringOf('first'));
  await test.catalog.secrets.put(acme, 'next', stringOf('second'));
});

const now = async () => ({
  role: (await test.catalog.tenants.get(acme))?.appRole,
  app: await test.catalog.secrets.open(acme, 'app'),
  next: await test.catalog.secrets.open(acme, 'next'),
});

describe('publishing the next login', () => {
  it('moves its credential and its role into place, and finds that done when asked again', async () => {
    const published = { role: 'second', app: stringOf('second'), next: undefined };
    expect(await test.catalog.publishLogin(acme, 'second')).toBe(true);
    expect(await now()).toEqual(published);
    expect(await test.catalog.publishLogin(acme, 'second')).toBe(true);
    expect(await now()).toEqual(published);
  });

  it('changes nothing for a role that no credential is sealed for', async () => {
    const before = { role: first, app: stringOf('first'), next: stringOf('second') };
    expect(await test.catalog.publishLogin(acme, 'third')).toBe(false);
    expect(await now()).toEqual(before);
    await test.catalog.secrets.remove(acme, 'next');
    expect(await test.catalog.publishLogin(acme, 'second')).toBe(false);
    expect(await now()).toEqual({ ...before, next: undefined });
  });

  it('is refused to a run that no longer has the tenant, and changes nothing', async () => {
    const stale = { ...acme, runId: 'run-0' };
    await expect(test.catalog.publishLogin(stale, 'second')).rejects.toThrow(StaleRunError);
    expect(await now()).toEqual({ role: first, app: stringOf('first'), next: stringOf('second') });
  });
});
