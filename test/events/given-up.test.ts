import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTenantry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startReceiver } from './receiver.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry({
    fleet: { timings: { ...quickTimings, eventTimeout: 500, eventRetry: 30, eventPause: 700 } },
  });
  await t.startWorker();
});

afterAll(() => t.stop());

const sql = (statement: string, values: readonly unknown[]) =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) => client.query(statement, [...values]));

const write = (tenant: string) =>
  sql(
    `insert into tenantry.events (fleet, tenant_id, type, data) values ($1, $2, 'tenant.operation.began.v1', $3)`,
    [t.fleet.name, tenant, JSON.stringify({ tenant })],
  );

const statusOf = async (id: string) =>
  (await t.tenantry.events.endpoints()).find((endpoint) => endpoint.id === id);

describe('an endpoint', () => {
  it('that accepts nothing for long is paused, told of, and sent everything once it is resumed', async () => {
    const receiver = await startReceiver();
    const { id, secret } = await t.tenantry.events.addEndpoint(receiver.url);
    // It has another secret than the sender, so it refuses each message.
    receiver.secret(`whsec_${Buffer.alloc(32).toString('base64')}`);
    await write('acme');
    await eventually('it is paused', async () => (await statusOf(id))?.pausedAt !== undefined);
    expect(await statusOf(id)).toMatchObject({ pausedFor: 'it answered 401', pending: 1 });
    expect(await t.tenantry.attention()).toMatchObject([
      {
        kind: 'events-held',
        message: `endpoint ${id} was paused, since it accepted nothing: it answered 401. It is to be sent 1 events`,
        command: `events endpoint resume ${id}`,
      },
    ]);
    expect(receiver.accepted).toEqual([]);
    receiver.secret(secret);
    const { stdout } = await runTenantry(['events', 'endpoint', 'resume', id], t.environment);
    expect(stdout).toContain(`endpoint ${id}: open`);
    await eventually('it came', async () => receiver.takenOf('acme').length === 1);
    await t.tenantry.events.deleteEndpoint(id);
    await receiver.down();
  });

  it('that is gone for good by its own word is paused at once', async () => {
    const receiver = await startReceiver();
    const { id, secret } = await t.tenantry.events.addEndpoint(receiver.url);
    receiver.secret(secret);
    receiver.answer(() => 410);
    await write('gone');
    await eventually('it is paused', async () => (await statusOf(id))?.pausedAt !== undefined);
    expect(await statusOf(id)).toMatchObject({ pausedFor: 'it answered 410' });
    await t.tenantry.events.deleteEndpoint(id);
    await receiver.down();
  });
});

describe('tenantry events', () => {
  it('adds an endpoint, lists it and the log, rotates, replays, pauses and deletes', async () => {
    const run = async (...words: string[]) => {
      const { stdout, exitCode } = await runTenantry(['events', ...words], t.environment);
      expect(exitCode, words.join(' ')).toBe(0);
      return stdout;
    };
    const added: { id: string; secret: string } = JSON.parse(
      await run('endpoint', 'add', 'http://127.0.0.1:9/', '--json'),
    );
    expect(added.secret).toMatch(/^whsec_/);
    await run('endpoint', 'pause', added.id);
    await write('acme');
    expect(await run('endpoint', 'list')).toMatch(
      new RegExp(`^${added.id} +paused +1 +nothing yet +http://127`, 'm'),
    );
    expect(await run('list')).toMatch(/tenant\.operation\.began\.v1 +acme/);
    const [event]: { id: string; position: number }[] = JSON.parse(
      await run('list', '--limit', '1', '--json'),
    );
    expect(await run('replay', added.id, '--event', event?.id ?? '')).toContain('1 events');
    expect(await run('endpoint', 'rotate', added.id, '--now')).toMatch(/^whsec_/);
    expect(await run('endpoint', 'delete', added.id)).toContain('is deleted');
    const none = await runTenantry(['events', 'endpoint', 'pause', added.id], t.environment);
    expect(none).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('events endpoint list') });
    const neither = await runTenantry(['events', 'replay', added.id], t.environment);
    expect(neither).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('either --from') });
  });
});
