import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventsWorkflowId } from '../../tenancy/naming.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { type Receiver, startReceiver } from './receiver.js';

let t: TestTenantry;
let receiver: Receiver;
let endpoint: string;
/** Whether the catalog is away when it is told of the next message that was accepted. */
let isCatalogAway = false;

beforeAll(async () => {
  t = await startTenantry({
    fleet: { timings: { ...quickTimings, eventTimeout: 5_000, eventRetry: 30, eventPause: 60_000 } },
  });
  const { fleet, neon, exportDir, catalog } = t;
  const { deliveries } = catalog.events;
  const accepted: typeof deliveries.accepted = async (...of) => {
    if (!isCatalogAway) return deliveries.accepted(...of);
    isCatalogAway = false;
    throw new Error('the connection was lost');
  };
  const events = { ...catalog.events, deliveries: { ...deliveries, accepted } };
  await t.startWorker({ dependencies: { fleet, neon, exportDir, catalog: { ...catalog, events } } });
});

afterAll(() => t.stop());

const added = async () => {
  receiver = await startReceiver();
  const { id, secret } = await t.tenantry.events.addEndpoint(receiver.url);
  receiver.secret(secret);
  endpoint = id;
};

afterEach(async () => {
  await t.tenantry.events.deleteEndpoint(endpoint).catch(() => {});
  await receiver.down();
});

/** Writes so many events of a tenant, all at once. */
const write = (tenant: string, count: number) =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
    client.query(
      `insert into tenantry.events (fleet, tenant_id, type, data)
       select $1, $2, 'tenant.operation.began.v1', json_build_object('tenant', $2::text) from generate_series(1, $3)`,
      [t.fleet.name, tenant, count],
    ),
  );

/** Has the receiver answer nobody until that is let go of. */
function held(): () => void {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  receiver.answer(async () => {
    await released;
    return 204;
  });
  return release;
}

const nobodySends = () =>
  eventually('the run that sends is over', async () => {
    const run = await t.temporal.workflow
      .getHandle(eventsWorkflowId(t.fleet.name, endpoint))
      .describe()
      .catch(() => undefined);
    return run?.status.name === 'COMPLETED';
  });

describe('an endpoint that is sent many events', () => {
  it('is sent no more of them than the one under way once it is paused', async () => {
    await added();
    const release = held();
    await write('many', 30);
    await eventually('the first has come', async () => receiver.tries() === 1);
    await t.tenantry.events.pauseEndpoint(endpoint);
    release();
    await nobodySends();
    expect(receiver.tries()).toBe(1);
    await t.tenantry.events.resumeEndpoint(endpoint);
    await eventually('the rest came', async () => receiver.takenOf('many').length === 30);
    expect(receiver.accepted).toHaveLength(30);
  });

  it('is sent no more of them than the one under way once it is deleted', async () => {
    await added();
    const release = held();
    await write('deleted', 30);
    await eventually('the first has come', async () => receiver.tries() === 1);
    await t.tenantry.events.deleteEndpoint(endpoint);
    release();
    await nobodySends();
    expect(receiver.tries()).toBe(1);
  });

  it('is sent one of a tenant at a time, also where the catalog is lost in between', async () => {
    await added();
    let [now, most] = [0, 0];
    receiver.answer(async ({ event }) => {
      if (event.data.tenant !== 'slow') return 204;
      now += 1;
      most = Math.max(most, now);
      // It takes its time, in which whoever tries again would be here.
      await new Promise((resolve) => setTimeout(resolve, 700));
      now -= 1;
      return 204;
    });
    isCatalogAway = true;
    await write('quick', 1);
    await write('slow', 3);
    await eventually('all of them came', async () => receiver.takenOf('slow').length === 3);
    expect(isCatalogAway).toBe(false);
    expect(most).toBe(1);
  });
});

describe('an endpoint that a person has paused', () => {
  it('is not one that was paused for its failures, whatever its last message came to', async () => {
    await added();
    const { endpoints } = t.catalog.events;
    await endpoints.pause(t.fleet.name, endpoint);
    await endpoints.pause(t.fleet.name, endpoint, 'it answered 500');
    expect(await t.tenantry.events.endpoints()).toMatchObject([{ id: endpoint, pausedFor: undefined }]);
  });
});
