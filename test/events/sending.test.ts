import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventsWorkflowId } from '../../tenancy/naming.js';
import { eventually } from '../support/eventually.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { type Receiver, startReceiver } from './receiver.js';

let t: TestTenantry;
let receiver: Receiver;
let endpoint: string;
let secret: string;

beforeAll(async () => {
  // Longer than the outage below, which a receiver that is away for an hour is to three days.
  t = await startTenantry({
    fleet: { timings: { ...quickTimings, eventTimeout: 1_000, eventRetry: 30, eventPause: 60_000 } },
  });
  receiver = await startReceiver();
  ({ id: endpoint, secret } = await t.tenantry.events.addEndpoint(receiver.url));
  receiver.secret(secret);
  await t.startWorker();
});

afterAll(async () => {
  await t.stop();
  await receiver.down();
});

/** What has happened to a tenant by its history, which is kept apart from the log. */
const historyOf = async (tenant: string) =>
  (await t.tenantry.history(tenant)).map(({ operation, event, state }) => `${operation} ${event} ${state}`);

const takenOf = (tenant: string) =>
  receiver
    .takenOf(tenant)
    .map(({ event: { type, data } }) => `${data.operation} ${type.split('.')[2]} ${data.state}`);

async function hasAllOf(tenant: string): Promise<void> {
  const all = await historyOf(tenant);
  await eventually(`all events of ${tenant} were taken`, async () => takenOf(tenant).length >= all.length);
  expect(takenOf(tenant)).toEqual(all);
}

describe('events of tenants', () => {
  it('reach the receiver, signed, in order, with nothing of the tenant but its id', async () => {
    await t.tenantry.execute.onboard({ id: 'acme' });
    await hasAllOf('acme');
    const [began, succeeded] = receiver.takenOf('acme');
    expect(began?.event).toEqual({
      type: 'tenant.operation.began.v1',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      data: {
        fleet: t.fleet.name,
        tenant: 'acme',
        operation: 'onboard',
        state: 'provisioning',
        run: expect.any(String),
      },
    });
    expect(succeeded?.event).toMatchObject({
      type: 'tenant.operation.succeeded.v1',
      data: { operation: 'onboard', state: 'ready' },
    });
    const log = await t.tenantry.events.list({ tenant: 'acme' });
    expect(log.map(({ id }) => id).reverse()).toEqual(receiver.takenOf('acme').map(({ id }) => id));
  });

  it('tell a failure by its type alone', async () => {
    await t.writeMigration('0001_broken.sql', 'create table broken (id no_such_type);\n');
    await expect(t.tenantry.execute.onboard({ id: 'unlucky' })).rejects.toThrow();
    await t.removeMigrations();
    await hasAllOf('unlucky');
    expect(receiver.takenOf('unlucky').at(-1)?.event).toMatchObject({
      type: 'tenant.operation.failed.v1',
      data: { operation: 'onboard', state: 'failed', failure: 'MigrationFailed' },
    });
    expect(JSON.stringify(receiver.accepted)).not.toContain('no_such_type');
  });

  it('that happen while nobody answers come afterwards, each once and in order', async () => {
    await Promise.all(['one', 'two'].map((id) => t.tenantry.execute.onboard({ id })));
    await receiver.down();
    await t.tenantry.execute.suspend('one');
    await t.tenantry.execute.suspend('two');
    await eventually('it is known that nobody answers', async () => {
      const [status] = await t.tenantry.events.endpoints();
      return status?.failingSince !== undefined;
    });
    expect(await t.tenantry.events.endpoints()).toMatchObject([
      { trouble: expect.stringMatching(/^nobody answered \(/), refused: undefined },
    ]);
    await t.tenantry.execute.resume('one');
    await receiver.up();
    await hasAllOf('one');
    await hasAllOf('two');
    const ids = receiver.accepted.map(({ id }) => id);
    expect(ids.length).toBe(new Set(ids).size);
  });

  it('of a tenant whose event is refused wait, and hold up nobody else', async () => {
    await t.tenantry.execute.onboard({ id: 'poison' });
    await hasAllOf('poison');
    receiver.answer(({ event }) => (event.data.tenant === 'poison' ? 500 : 204));
    await t.tenantry.execute.suspend('poison');
    await t.tenantry.execute.resume('poison');
    await t.tenantry.execute.onboard({ id: 'healthy' });
    await hasAllOf('healthy');
    expect(takenOf('poison')).toHaveLength(2);
    expect(await t.tenantry.events.endpoints()).toMatchObject([
      { refused: { subjects: 1, trouble: 'it answered 500' } },
    ]);
    receiver.answer(() => 204);
    await hasAllOf('poison');
  });

  it('are told of in the history of no run, nor are secrets', async () => {
    const handle = t.temporal.workflow.getHandle(eventsWorkflowId(t.fleet.name, endpoint));
    const history = JSON.stringify(await handle.fetchHistory(), (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString() : value,
    );
    expect(history).toContain(endpoint);
    expect(history).not.toContain('whsec_');
    for (const tenant of ['acme', 'poison', 'healthy']) expect(history).not.toContain(tenant);
    expect(history).not.toContain('tenant.operation');
  });
});

describe('an endpoint', () => {
  it('that is paused gets nothing, and all of it once it is resumed', async () => {
    await t.tenantry.events.pauseEndpoint(endpoint);
    const before = receiver.tries();
    await t.tenantry.execute.onboard({ id: 'quiet' });
    await t.tenantry.execute.suspend('quiet');
    // Another endpoint shows that events are sent meanwhile.
    const other = await startReceiver();
    const added = await t.tenantry.events.addEndpoint(other.url);
    other.secret(added.secret);
    await t.tenantry.execute.resume('quiet');
    await eventually('the other one has them', async () => other.takenOf('quiet').length === 2);
    await t.tenantry.events.deleteEndpoint(added.id);
    await other.down();
    expect(receiver.tries()).toBe(before);
    expect((await t.tenantry.attention()).map(({ kind }) => kind)).not.toContain('events-held');
    const status = await t.tenantry.events.resumeEndpoint(endpoint);
    expect(status).toMatchObject({ pausedAt: undefined, pending: 6 });
    await hasAllOf('quiet');
  });

  it('is sent one event again under the id that it had', async () => {
    const [first] = receiver.takenOf('acme');
    const before = receiver.accepted.length;
    expect(await t.tenantry.events.replay(endpoint, { event: first?.id ?? '' })).toBe(1);
    await eventually('it came again', async () => receiver.accepted.length > before);
    expect(receiver.accepted.slice(before)).toMatchObject([{ id: first?.id, event: first?.event }]);
  });

  it('is sent everything from a time on again, in order, under the same ids', async () => {
    const log = (await t.tenantry.events.list({ limit: 1_000 })).reverse();
    const from = log[3]?.at ?? new Date(0);
    const before = receiver.accepted.length;
    const count = await t.tenantry.events.replay(endpoint, { from });
    expect(count).toBe(log.length - 3);
    await eventually('all came again', async () => receiver.accepted.length >= before + count);
    const again = receiver.accepted.slice(before);
    expect(again.map(({ id }) => id).sort()).toEqual(
      log
        .slice(3)
        .map(({ id }) => id)
        .sort(),
    );
    const ofOne = (tenant: unknown) =>
      again.filter(({ event }) => event.data.tenant === tenant).map(({ id }) => id);
    for (const tenant of new Set(log.slice(3).map(({ data }) => data.tenant)))
      expect(ofOne(tenant)).toEqual(
        log
          .slice(3)
          .filter(({ data }) => data.tenant === tenant)
          .map(({ id }) => id),
      );
  });

  it('may verify with its old secret or with its new one while they are changed', async () => {
    const { secret: next } = await t.tenantry.events.rotateSecret(endpoint, { overlapMs: 60_000 });
    expect(next).not.toBe(secret);
    const [first] = receiver.takenOf('acme');
    for (const key of [secret, next]) {
      receiver.secret(key);
      const before = receiver.accepted.length;
      await t.tenantry.events.replay(endpoint, { event: first?.id ?? '' });
      await eventually('it was verified', async () => receiver.accepted.length > before);
    }
  });

  it('of another id, and an event of another, are refused by name', async () => {
    const { events } = t.tenantry;
    await expect(events.pauseEndpoint('ep-none')).rejects.toMatchObject({ code: 'ENDPOINT_NOT_FOUND' });
    await expect(events.replay('ep-none', { from: new Date() })).rejects.toMatchObject({
      code: 'ENDPOINT_NOT_FOUND',
    });
    await expect(events.replay(endpoint, { event: 'evt_1' })).rejects.toMatchObject({
      code: 'EVENT_NOT_FOUND',
    });
    const never = 'evt_00000000-0000-4000-8000-000000000000';
    await expect(events.replay(endpoint, { event: never })).rejects.toMatchObject({
      code: 'EVENT_NOT_FOUND',
    });
    await expect(events.addEndpoint('http://example.com/')).rejects.toMatchObject({ code: 'REQUEST_UNFIT' });
  });
});

describe('events of rollouts', () => {
  it('say each state that one comes to', async () => {
    const handle = await t.tenantry.fleet.start({ verb: 'repair', where: { idPrefix: 'acme' } });
    expect(await handle.result()).toMatchObject({ state: 'done' });
    const told = () => receiver.accepted.filter(({ event }) => event.data.rollout === handle.id);
    await eventually('its end was told', async () =>
      told().some(({ event }) => event.type === 'rollout.done.v1'),
    );
    expect(told().map(({ event }) => event.type)).toEqual(['rollout.running.v1', 'rollout.done.v1']);
    expect(told().at(-1)?.event.data).toEqual({
      fleet: t.fleet.name,
      rollout: handle.id,
      verb: 'repair',
      state: 'done',
      tenants: { waiting: 0, running: 0, asleep: 0, succeeded: 1, failed: 0, skipped: 0 },
    });
  });
});

describe('an erase', () => {
  it('takes the events of its tenant with it, and is told itself', async () => {
    await t.tenantry.execute.offboard('two', { graceMs: 0 });
    await t.tenantry.execute.erase('two');
    await eventually(
      'it was told',
      async () => receiver.takenOf('two').at(-1)?.event.type === 'tenant.erased.v1',
    );
    const erased = receiver.takenOf('two').at(-1);
    expect(erased?.event).toMatchObject({ type: 'tenant.erased.v1', data: { tenant: 'two', state: 'none' } });
    const log = await t.tenantry.events.list({ tenant: 'two' });
    expect(log.map(({ id }) => id)).toEqual([erased?.id]);
  });
});
