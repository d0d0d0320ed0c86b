import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { signedHeaders } from '../../activities/events/signed-headers.js';
import { openCatalog } from '../../catalog/catalog.js';
import { endpointProblem } from '../../tenancy/events.js';
import { sealKeys, testCatalog } from '../catalog/test-catalog.js';

const keys = sealKeys('k1');
const t = testCatalog(keys);

/** Writes an event as the catalog does, in a transaction that stays open until it is told. */
async function open(fleet: string, tenant: string) {
  const client = new pg.Client({ connectionString: t.url });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query('begin');
  await client.query(
    `insert into tenantry.events (fleet, tenant_id, type, data) values ($1, $2, 'tenant.operation.began.v1', $3)`,
    [fleet, tenant, JSON.stringify({ tenant })],
  );
  return { commit: () => client.query('commit') };
}

const write = async (fleet: string, tenant: string) => (await open(fleet, tenant)).commit();

const taken = async (fleet: string, endpoint: string) => {
  const found = await t.catalog.events.deliveries.take(fleet, endpoint, 100);
  for (const { id } of found) await t.catalog.events.deliveries.accepted(fleet, endpoint, id);
  return found.map(({ data }) => data.tenant);
};

describe('the log of events', () => {
  it('passes over none whose transaction commits after a later one', async () => {
    const { id } = await t.catalog.events.endpoints.add('order', 'https://example.com/');
    const early = await open('order', 'early');
    await write('order', 'late');
    expect(await taken('order', id)).toEqual(['late']);
    await early.commit();
    expect(await taken('order', id)).toEqual(['early']);
    expect(await taken('order', id)).toEqual([]);
    const log = await t.catalog.events.list('order', { limit: 10 });
    expect(log.map(({ position, data }) => [position, data.tenant])).toEqual([
      [2, 'early'],
      [1, 'late'],
    ]);
  });

  it('gives no position again after an erase has taken the last ones', async () => {
    const { id } = await t.catalog.events.endpoints.add('erased', 'https://example.com/');
    await write('erased', 'gone');
    expect(await taken('erased', id)).toEqual(['gone']);
    await t.rows(`delete from tenantry.events where fleet = 'erased'`);
    await write('erased', 'next');
    expect(await taken('erased', id)).toEqual(['next']);
  });

  it('gives each position once where many readers ask at the same moment', async () => {
    for (const tenant of ['a', 'b', 'c', 'd']) await write('crowd', tenant);
    const logs = await Promise.all(
      Array.from({ length: 8 }, () => t.catalog.events.list('crowd', { limit: 10 })),
    );
    for (const log of logs) expect(log.map(({ position }) => position)).toEqual([4, 3, 2, 1]);
  });

  it('sends an endpoint what came after it was added, and pages of 500 in order', async () => {
    await write('pages', 'before');
    const { id } = await t.catalog.events.endpoints.add('pages', 'https://example.com/');
    await t.rows(
      `insert into tenantry.events (fleet, tenant_id, type, data)
       select 'pages', 't' || n, 'tenant.operation.began.v1', jsonb_build_object('tenant', n::text) from generate_series(1, 1200) n`,
    );
    const all: unknown[] = [];
    for (;;) {
      const page = await t.catalog.events.deliveries.take('pages', id, 400);
      if (page.length === 0) break;
      all.push(...page.map(({ data }) => data.tenant));
      await t.rows('update tenantry.event_deliveries set delivered_at = now() where id = any($1)', [
        page.map((delivery) => delivery.id),
      ]);
    }
    expect(all).toEqual(Array.from({ length: 1_200 }, (_, at) => String(at + 1)));
  });

  it('holds up the tenant whose event was refused, and nobody else', async () => {
    const { deliveries } = t.catalog.events;
    const { id } = await t.catalog.events.endpoints.add('held', 'https://example.com/');
    for (const tenant of ['a', 'b', 'a']) await write('held', tenant);
    const [first] = await deliveries.take('held', id, 10);
    await deliveries.refused('held', id, first?.id ?? '', 'it answered 400', {
      firstMs: 60_000,
      longestMs: 60_000,
    });
    expect(await taken('held', id)).toEqual(['b']);
    expect(await t.catalog.events.endpoints.get('held', id)).toMatchObject({
      pending: 2,
      refused: { subjects: 1, trouble: 'it answered 400' },
    });
    await t.catalog.events.endpoints.resume('held', id);
    expect(await taken('held', id)).toEqual(['a', 'a']);
  });

  it('wakes an endpoint for one of many workers that look, and not while nothing is to be sent', async () => {
    const { deliveries } = t.catalog.events;
    const { id } = await t.catalog.events.endpoints.add('woken', 'https://example.com/');
    expect(await deliveries.wake('woken')).toEqual([]);
    await write('woken', 'a');
    const woken = await Promise.all(Array.from({ length: 5 }, () => deliveries.wake('woken')));
    expect(woken.flat()).toEqual([id]);
    await taken('woken', id);
    await t.rows(`update tenantry.event_endpoints set woken_at = null`);
    expect(await deliveries.wake('woken')).toEqual([]);
    await write('woken', 'b');
    await t.catalog.events.endpoints.pause('woken', id);
    expect(await deliveries.wake('woken')).toEqual([]);
    expect(await taken('woken', id)).toEqual([]);
  });
});

describe('an endpoint', () => {
  it.each([
    ['https://example.com/events', undefined],
    ['https://10.0.0.7/events', undefined],
    ['http://localhost:4000/', undefined],
    ['http://[::1]:4000/', undefined],
    ['http://example.com/', /begins with https/],
    ['http://10.0.0.7/', /begins with https/],
    ['http://localhost.example.com/', /begins with https/],
    ['https://user:secret@example.com/', /holds no password/],
    ['ftp://example.com/', /begins with https/],
    ['example.com', /is a URL/],
  ])('at %s', (url, problem) => {
    if (problem === undefined) expect(endpointProblem(url)).toBeUndefined();
    else expect(endpointProblem(url)).toMatch(problem);
  });

  it('has its secrets sealed, and two of them while they are changed', async () => {
    const { endpoints } = t.catalog.events;
    const { id, secret } = await endpoints.add('sealed', 'https://example.com/');
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
    const next = await endpoints.rotate('sealed', id, 60_000);
    expect(await endpoints.secrets('sealed', id)).toEqual([next, secret]);
    const last = await endpoints.rotate('sealed', id, 0);
    expect(await endpoints.secrets('sealed', id)).toEqual([last]);
    const rows = await t.rows(`select row_to_json(s)::text as row from tenantry.event_secrets s`);
    for (const { row } of rows) expect(row).not.toContain('whsec_');
  });
});

it('secrets of endpoints are resealed with the others, and then need the old key no more', async () => {
  const { id, secret } = await t.catalog.events.endpoints.add('resealed', 'https://example.com/');
  const fresh = sealKeys('fresh');
  const opened = (sealKeys: ReadonlyMap<string, Buffer>) => {
    const catalog = openCatalog({ url: t.url, sealKeys });
    onTestFinished(() => catalog.close());
    return catalog;
  };
  const both = opened(new Map([...fresh, ...keys]));
  const before = await both.reseal?.('resealed');
  expect(before).toMatchObject({ keyId: 'fresh', resealed: 1 });
  expect(await opened(fresh).events.endpoints.secrets('resealed', id)).toEqual([secret]);
  await expect(t.catalog.events.endpoints.secrets('resealed', id)).rejects.toThrow(/sealed with key "fresh"/);
});

it('a message is signed as the specification has it', () => {
  // The example of the specification's own libraries.
  const headers = signedHeaders(
    {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      at: new Date(1_614_265_330_000),
      body: '{"test": 2432232314}',
    },
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  );
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});
