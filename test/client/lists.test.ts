import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RequestUnfitError, type Tenant } from '../../client/index.js';
import { insertFleet } from '../catalog/listed-tenants.js';
import { runTenantry } from '../support/command-line.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
  await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
    insertFleet(client, t.fleet.name, 1_200),
  );
});

afterAll(() => t.stop());

const idsOf = (tenants: readonly Tenant[]) => tenants.map(({ id }) => id);

describe('a page of tenants', () => {
  it('has 100 of them where nothing is said, and leads to the next', async () => {
    const { tenants, next } = await t.tenantry.list();
    expect(tenants).toHaveLength(100);
    const second = await t.tenantry.list({ after: next });
    expect(idsOf(second.tenants)[0]).toBe('tenant-0000101');
  });

  it('is the last one where it has no next, also when it is full', async () => {
    const suspended = { state: 'suspended' } as const;
    expect(await t.tenantry.count({ where: suspended })).toBe(24);
    expect(await t.tenantry.list({ where: suspended, limit: 24 })).not.toHaveProperty('next');
    const { next } = await t.tenantry.list({ where: suspended, limit: 23 });
    expect(await t.tenantry.count({ where: suspended, after: next })).toBe(1);
  });
});

it('an iteration has every tenant that matches, once, and stops when its reader does', async () => {
  const ids: string[] = [];
  for await (const { id } of t.tenantry.tenants({ where: { plan: ['free', 'pro'] }, sort: '-createdAt' }))
    ids.push(id);
  expect(ids).toHaveLength(await t.tenantry.count({ where: { plan: ['free', 'pro'] } }));
  expect(new Set(ids).size).toBe(1_000);
  expect(ids[0]).toBe('tenant-0001200');
  for await (const { id } of t.tenantry.tenants()) {
    expect(id).toBe('tenant-0000001');
    break;
  }
});

it('a plan that nobody has is refused with those that there are, and one that was taken out of the fleet is not', async () => {
  const unknown = {
    code: 'UNKNOWN_PLAN',
    message: expect.stringMatching(/no plan "fre",.* it has free, pro$/),
  };
  const where = { plan: ['free', 'fre'] };
  await expect(t.tenantry.list({ where })).rejects.toMatchObject(unknown);
  await expect(t.tenantry.count({ where })).rejects.toMatchObject(unknown);
  await expect(t.tenantry.tenants({ where })[Symbol.asyncIterator]().next()).rejects.toMatchObject(unknown);
  // The fleet has it not, or not any more.
  expect(await t.tenantry.count({ where: { plan: 'team' } })).toBe(200);
  for (const asked of [
    ['--plan', 'fre'],
    ['--where', 'plan=fre'],
  ])
    expect(await runTenantry(['list', ...asked], t.environment)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/^tenantry: the fleet has no plan "fre", .* it has free, pro\n$/),
    });
});

describe('what cannot be asked is refused by name', () => {
  // As JavaScript, or JSON of somebody else's, may have it.
  const list = (options: unknown) => t.tenantry.list(options as object);

  it.each([
    [{ where: { sate: 'ready' } }, '"where": there is no field "sate"'],
    [{ were: {} }, 'there is no field "were"'],
    [{ where: { state: ['ready', 'redy'] } }, /^"where\.state\.1" is one of ready, /],
    [{ where: { plan: 'a\0' } }, /^"where\.plan\.0" holds U\+0000 /],
    [{ sort: 'plan' }, /^"sort" is one of id, -id, /],
    [{ limit: 1_001 }, '"limit" is a whole number from 1 to 1000'],
    [{ limit: 0.5 }, '"limit" is a whole number from 1 to 1000'],
    [{ after: 'bogus' }, '"after" is not the "next" of a page'],
    [
      { after: Buffer.from('["createdAt","acme"]').toString('base64url'), sort: 'createdAt' },
      /is not the "next"/,
    ],
    [{ after: Buffer.from('["id","a\\u0000"]').toString('base64url') }, /is not the "next"/],
    [
      {
        after: Buffer.from('["createdAt","acme","0000-01-01T00:00:00Z"]').toString('base64url'),
        sort: 'createdAt',
      },
      /is not the "next"/,
    ],
    [{ where: { createdSince: new Date(-8.64e15) } }, '"where.createdSince" is before the year 1'],
  ])('%j', async (options, problem) => {
    const error = await list(options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RequestUnfitError);
    const { message, tenantId } = error as RequestUnfitError;
    expect(message).toMatch(problem);
    expect(tenantId).toBeUndefined();
  });

  it('by an iteration and a count too', async () => {
    await expect(t.tenantry.count({ where: { state: [] } })).rejects.toThrow(
      '"where.state" names at least one',
    );
    const all = t.tenantry.tenants({ where: { idPrefix: '' } })[Symbol.asyncIterator]();
    await expect(all.next()).rejects.toThrow('"where.idPrefix" is not empty');
  });
});
