import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';
import { type Receiver, startReceiver } from './receiver.js';

let t: TestTenantry;
let receiver: Receiver;

/** How long nobody answers, in milliseconds: with EVENTS_OUTAGE_MS=3600000 an hour, at production's pace. */
const outageMs = Number(process.env.EVENTS_OUTAGE_MS ?? 0);
const timings = outageMs === 0 ? { eventTimeout: 5_000, eventRetry: 50 } : {};
/** The pause between two attempts is at most this. */
const longestPauseMs = outageMs === 0 ? 3_000 : 300_000;

const tenants = Array.from({ length: 20 }, (_, at) => `tenant-${at}`);
const each = 15;

beforeAll(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, ...timings } } });
  receiver = await startReceiver();
});

afterAll(async () => {
  await t.stop();
  await receiver.down();
});

/** What operations write, without twenty tenants' databases. */
const writeEvents = () =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
    client.query(
      `insert into tenantry.events (fleet, tenant_id, type, data)
       select $1, tenant, 'tenant.operation.began.v1', jsonb_build_object('tenant', tenant, 'n', n)
       from generate_series(1, $3) n, unnest($2::text[]) tenant order by n`,
      [t.fleet.name, tenants, each],
    ),
  );

it(
  'a worker that is killed in the middle, with the receiver away besides, loses no event and changes no order',
  async () => {
    const { id, secret } = await t.tenantry.events.addEndpoint(receiver.url);
    receiver.secret(secret);
    let holds = true;
    const held: (() => void)[] = [];
    // After some it holds its answers back: they were taken, and whoever sent them never learns it.
    receiver.answer(() => {
      if (!holds || receiver.accepted.length < 40) return 204;
      return new Promise((resolve) => held.push(() => resolve(204)));
    });
    const worker = await startKillableWorker(t);
    await writeEvents();
    await eventually('messages are in the air', async () => held.length >= 8);
    await worker.stop('SIGKILL');
    for (const go of held) go();
    holds = false;
    await eventually('they were taken', async () => receiver.accepted.length >= 48);
    const before = new Set(receiver.accepted.map(({ id }) => id));
    await receiver.down();
    await t.startWorker();
    await eventually(
      'nobody answers',
      async () => (await t.tenantry.events.endpoints())[0]?.failingSince !== undefined,
      30_000,
    );
    await sleep(outageMs);
    await receiver.up();
    await eventually(
      'every event was accepted',
      async () => (await t.tenantry.events.endpoints())[0]?.pending === 0,
      30_000 + longestPauseMs,
    );
    // Those that were in the air came twice, under the same id; a receiver that takes each id once has each once, in order.
    const ids = receiver.accepted.map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(new Set(ids).size);
    expect(new Set(ids).size).toBe(tenants.length * each);
    for (const tenant of tenants)
      expect(receiver.takenOf(tenant).map(({ event }) => event.data.n)).toEqual(
        Array.from({ length: each }, (_, at) => at + 1),
      );
    expect(before.size).toBeLessThan(tenants.length * each);
    expect((await t.tenantry.events.list({ limit: 1_000 })).map((event) => event.id).sort()).toEqual(
      [...new Set(ids)].sort(),
    );
    expect(await t.tenantry.events.endpoints()).toMatchObject([{ id, pending: 0, trouble: undefined }]);
  },
  90_000 + outageMs + longestPauseMs,
);
