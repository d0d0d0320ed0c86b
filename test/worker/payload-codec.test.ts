import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Client } from '@temporalio/client';
import { ApplicationFailure, type Payload } from '@temporalio/common';
import proto from '@temporalio/proto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { connectTenantry, FleetSchedules, parseSealKeys, TenantryClient } from '../../client/index.js';
import { startCodecServer } from '../../payloads/codec-server.js';
import { clientDataConverter } from '../../payloads/data-converter.js';
import { EncryptedPayloadError, payloadCodec } from '../../payloads/payload-codec.js';
import { readWorkerConfiguration } from '../../worker/configuration.js';
import { installReconcile } from '../../worker/reconcile-schedule.js';
import { installSweep } from '../../worker/sweep-schedule.js';
import { encodingFailures } from '../../worker/workflow-bundle.js';
import { startWorkerOf } from '../deploys/releases.js';
import { runTenantry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { historyText } from '../support/history-text.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

const ours = 'binary/tenantry-encrypted-1';
const complaint = 'no seats left for Zaphod';

/** A payload in the JSON of protocol buffers. */
const json = (payload: Payload) => ({
  metadata: Object.fromEntries(
    Object.entries(payload.metadata ?? {}).map(([name, value]) => [
      name,
      Buffer.from(value).toString('base64'),
    ]),
  ),
  data: Buffer.from(payload.data ?? []).toString('base64'),
});

/** Every payload in an event, by where it stands, with its encoding; and every sentence of a failure. */
function readable(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const record = value as Record<string, unknown>;
  const { metadata, message } = record;
  if (typeof metadata === 'object' && metadata !== null && 'encoding' in metadata) {
    const encoding = Buffer.from(metadata.encoding as Uint8Array).toString();
    return encoding === ours ? [] : [`${at} is ${encoding}`];
  }
  const said = typeof message === 'string' && message !== 'Encoded failure' && 'stackTrace' in record;
  return [
    ...(said ? [`${at}: ${message} ${String(record.stackTrace)}`] : []),
    ...Object.entries(record).flatMap(([name, each]) => readable(each, `${at}.${name}`)),
  ];
}

async function historyOf(t: TestTenantry, run: { workflowId: string; runId: string }) {
  const { events } = await t.temporal.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
  return (events ?? []).map((event) => proto.temporal.api.history.v1.HistoryEvent.fromObject(event));
}

describe('a fleet that encrypts its payloads', () => {
  let t: TestTenantry;

  beforeAll(async () => {
    t = await startTenantry({
      fleet: {
        encryptPayloads: true,
        timings: { ...quickTimings, hookDeadline: 1_000 },
        schedules: { often: { workflow: 'meterFleet', every: 86_400_000, args: ['quartz'] } },
        hooks: {
          async onboarded({ id }) {
            if (id === 'zaphod') throw ApplicationFailure.nonRetryable(complaint);
          },
        },
      },
    });
    await t.writeMigration('0001_notes.sql', 'create table notes (id int);');
    await t.startWorker();
  });

  afterAll(() => t.stop());

  it('shows the server no input, result, memo or summary of a run, and its clients all of it', async () => {
    const handle = await t.tenantry.start.onboard({ id: 'acme' });
    const steps: string[] = [];
    for await (const { name, status } of handle.progress()) if (status === 'done') steps.push(name);
    expect(steps).toContain('publish');
    const { projectId } = await handle.result();
    const again = await t.tenantry.start.onboard({ id: 'acme' });
    expect(again.runId).toBe(handle.runId);

    const events = await historyOf(t, handle);
    // What the server itself must read, to find runs; and Core's own notes of local activities.
    const known = /searchAttributes|indexedFields|markerRecordedEventAttributes\.details\.data\./;
    expect(events.flatMap((event) => readable(event)).filter((found) => !known.test(found))).toEqual([]);
    const whole = await historyText(t.temporal, handle);
    for (const word of [projectId, 'createGrace', 'Onboard tenant', 'prepare database', 'projectName'])
      expect(whole).not.toContain(word);
    expect(whole).toContain(ours);
  });

  it('takes the longest id that a tenant can have', async () => {
    await t.tenantry.execute.onboard({ id: '😀'.repeat(128) });
  });

  it('shows the server no word of a failure, and its clients and the catalog all of it', async () => {
    const handle = await t.tenantry.start.onboard({ id: 'zaphod' });
    const reason = { type: 'HookFailed', message: `the hook "onboarded" failed: ${complaint}` };
    await expect(handle.result()).rejects.toMatchObject({ code: 'OPERATION_FAILED', reason });
    expect(await t.tenantry.get('zaphod')).toMatchObject({ failure: reason });
    const whole = await historyText(t.temporal, handle);
    expect(whole).not.toContain(complaint);
    expect(whole).not.toContain('run-hook');
    expect(whole).toContain('Encoded failure');
    // What the types of failures say stays: retries are decided by them.
    expect(whole).toContain('HookFailed');
  });

  it('shows the server nothing in the answer to a query, nor in the details that the UI asks for', async () => {
    const { workflowId, runId } = await t.tenantry.start.onboard({ id: 'acme' });
    for (const queryType of ['progress', '__temporal_workflow_metadata']) {
      const { queryResult } = await t.temporal.workflowService.queryWorkflow({
        namespace: 'default',
        execution: { workflowId, runId },
        query: { queryType },
      });
      expect(readable(queryResult)).toEqual([]);
      expect(queryResult?.payloads).toHaveLength(1);
    }
  });

  it('has its schedules encrypted, and finds them unchanged', async () => {
    const schedules = new FleetSchedules({ fleet: t.fleet, temporal: t.temporal, taskQueue: t.taskQueue });
    expect(await schedules.apply()).toMatchObject([{ change: 'create' }]);
    try {
      expect(await schedules.apply()).toMatchObject([{ change: 'none', differences: [] }]);
      const [{ scheduleId } = { scheduleId: '' }] = await schedules.list();
      const seen = await t.temporal.workflowService.describeSchedule({ namespace: 'default', scheduleId });
      expect(readable(seen).filter((found) => !/searchAttributes|indexedFields/.test(found))).toEqual([]);
    } finally {
      const [{ scheduleId } = { scheduleId: '' }] = await schedules.list();
      await t.temporal.schedule.getHandle(scheduleId).delete();
    }
  });

  it('is served by the command and checked by doctor like any other', async () => {
    const shown = await runTenantry(['suspend', 'acme', '--wait', '--json'], t.environment);
    expect(JSON.parse(shown.stdout), shown.stderr).toMatchObject({ id: 'acme', state: 'suspended' });
    // As a worker in a process of its own does.
    await installSweep(t.temporal, t.fleet, t.taskQueue);
    await installReconcile(t.temporal, t.fleet, t.taskQueue);
    const { stdout, exitCode } = await runTenantry(['doctor'], t.environment);
    expect(exitCode, stdout).toBe(0);
  });

  it('is told what is missing where nobody has a key, though its secrets are elsewhere', async () => {
    const { TENANTRY_SEAL_KEY: _, ...without } = t.environment;
    const secrets = t.catalog.secrets as NonNullable<typeof t.fleet.secrets>;
    const fleet = { ...t.fleet, secrets };
    const told =
      'TENANTRY_SEAL_KEY is not set: the fleet encrypts payloads with it, wherever its secrets are';
    await expect(connectTenantry(fleet, without)).rejects.toThrow(told);
    expect(() => readWorkerConfiguration(without, fleet)).toThrow(told);
    expect(() => readWorkerConfiguration(without, { ...fleet, encryptPayloads: false })).not.toThrow();
    const plain = new Client({ connection: t.temporal.connection });
    expect(() => new TenantryClient({ fleet, temporal: plain, catalog: t.catalog })).toThrow(
      /clientDataConverter/,
    );
    expect(() => new FleetSchedules({ fleet, temporal: plain })).toThrow(/clientDataConverter/);
    expect(() => encodingFailures('// bundled long ago')).toThrow(/TENANTRY_WORKFLOW_BUNDLE/);
  });

  it('says of a payload that somebody changed that it does not decrypt, and runs nothing on it', async () => {
    const sealKeys = parseSealKeys(t.environment.TENANTRY_SEAL_KEY ?? '');
    const codec = payloadCodec({ sealKeys, namespace: 'default', encrypts: true });
    const tampering = {
      decode: codec.decode,
      async encode(payloads: Payload[]) {
        const encrypted = await codec.encode(payloads);
        for (const { data } of encrypted) if (data) data[20] = (data[20] ?? 0) ^ 1;
        return encrypted;
      },
    };
    const temporal = new Client({
      connection: t.temporal.connection,
      dataConverter: { payloadCodecs: [tampering] },
    });
    const run = await temporal.workflow.start('suspendTenant', {
      workflowId: `tampered/${t.fleet.name}`,
      taskQueue: t.taskQueue,
      args: [{ tenant: { fleet: t.fleet.name, id: 'acme' }, timings: t.fleet.timings }],
      workflowTaskTimeout: 1_000,
    });
    try {
      const failed = async () => {
        const { events } = await run.fetchHistory();
        return events?.find(({ workflowTaskFailedEventAttributes: at }) => at != null);
      };
      await eventually('the task fails', async () => (await failed()) !== undefined);
      const failure = (await failed())?.workflowTaskFailedEventAttributes?.failure;
      const [attributes] = failure?.encodedAttributes
        ? await codec.decode([failure.encodedAttributes])
        : [undefined];
      const told = attributes?.data ? Buffer.from(attributes.data).toString() : failure?.message;
      expect(told).toMatch(/the payload does not decrypt with key .{1,8}test.{1,3}: it was altered/);
    } finally {
      await run.terminate();
    }
  });
});

describe('turning the switch with runs under way', () => {
  let t: TestTenantry;
  const workers: { stop(): Promise<void> }[] = [];

  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.stop();
    await t.stop();
  });

  it.each([
    ['on', false, true],
    ['off', true, false],
  ])('%s lets them end well', async (_, before, after) => {
    t = await startTenantry({ fleet: { encryptPayloads: before } });
    const hang = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'hang-operation', action: 'start_compute' },
    });
    workers.push(await startWorkerOf(t, t.fleet));
    const handle = await t.tenantry.start.onboard({ id: 'acme' });
    await hang.struck();
    await workers.pop()?.stop();
    workers.push(await startWorkerOf(t, { ...t.fleet, encryptPayloads: after }));
    await hang.lift();
    expect(await handle.result()).toMatchObject({ id: 'acme', state: 'ready' });
    const whole = await historyText(t.temporal, handle);
    expect(whole).toContain(ours);
    expect(whole).toContain('json/plain');
  });
});

describe('a codec', () => {
  const keys = (...ids: string[]) => new Map(ids.map((id) => [id, randomBytes(32)]));
  const plain: Payload = {
    metadata: { encoding: Buffer.from('json/plain') },
    data: Buffer.from('{"plan":"quartz"}'),
  };

  it('encrypts with the first key and decrypts with each', async () => {
    const old = keys('old');
    const both = new Map([...keys('new'), ...old]);
    const one = payloadCodec({ sealKeys: old, namespace: 'n', encrypts: true });
    const other = payloadCodec({ sealKeys: both, namespace: 'n', encrypts: true });
    const [byOld] = await one.encode([plain]);
    const [byNew] = await other.encode([plain]);
    expect(Buffer.from(byNew?.metadata?.['encryption-key-id'] ?? []).toString()).toBe('new');
    for (const payload of await other.decode([byOld ?? {}, byNew ?? {}, plain]))
      expect(json(payload)).toEqual(json(plain));
    await expect(one.decode([byNew ?? {}])).rejects.toThrow(
      'the payload was encrypted with key "new", which TENANTRY_SEAL_KEY does not hold',
    );
  });

  it('does not decrypt what is of another namespace, was altered, or was sealed as a secret', async () => {
    const sealKeys = keys('k');
    const here = payloadCodec({ sealKeys, namespace: 'here', encrypts: true });
    const [sealed = {}] = await here.encode([plain]);
    const there = payloadCodec({ sealKeys, namespace: 'there', encrypts: false });
    await expect(there.decode([sealed])).rejects.toThrow(EncryptedPayloadError);
    const data = Buffer.from(sealed.data ?? []);
    for (const at of [0, 11, 12, data.length - 1]) {
      const altered = Buffer.from(data);
      altered[at] = (altered[at] ?? 0) ^ 1;
      await expect(here.decode([{ ...sealed, data: altered }])).rejects.toThrow(EncryptedPayloadError);
    }
    await expect(here.decode([{ ...sealed, data: Buffer.alloc(3) }])).rejects.toThrow(EncryptedPayloadError);
    await expect(here.decode([{ ...sealed, data: null }])).rejects.toThrow(EncryptedPayloadError);
  });

  it('gives the same payload another face each time', async () => {
    const codec = payloadCodec({ sealKeys: keys('k'), namespace: 'n', encrypts: true });
    const [one, other] = await codec.encode([plain, plain]);
    expect(Buffer.from(one?.data ?? [])).not.toEqual(Buffer.from(other?.data ?? []));
  });

  it('cannot be asked for without a key', () => {
    const fleet = { name: 'f', encryptPayloads: true };
    expect(() => clientDataConverter({ sealKeys: undefined, namespace: 'n', fleet })).toThrow(
      /TENANTRY_SEAL_KEY/,
    );
  });
});

describe('a codec server', () => {
  const sealKeys = new Map([['k', randomBytes(32)]]);
  const uiOrigin = 'http://localhost:8233';
  const stops: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  async function start(options: { token?: string } = {}) {
    const server = await startCodecServer({
      sealKeys,
      namespace: 'default',
      uiOrigin,
      host: '127.0.0.1',
      port: 0,
      ...options,
    });
    stops.push(server.close);
    return server;
  }

  const plain: Payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"quartz"') };

  async function encrypted(namespace = 'default') {
    const [payload = {}] = await payloadCodec({ sealKeys, namespace, encrypts: true }).encode([plain]);
    return JSON.stringify({ payloads: [json(payload)] });
  }

  /** Word for word over a socket, as a browser's `fetch` would not let a test. */
  async function raw(url: string, head: readonly string[], body = ''): Promise<string> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.end(
      [...head, 'connection: close', `content-length: ${Buffer.byteLength(body)}`, '', body].join('\r\n'),
    );
    return text(socket);
  }

  const post = (host: string, ...more: string[]) => [
    'POST /decode HTTP/1.1',
    `host: ${host}`,
    'content-type: application/json',
    ...more,
  ];

  it('decrypts and encrypts for the UI, of the namespace that it names', async () => {
    const { url } = await start();
    const ask = (way: string, body: string, namespace: string) =>
      fetch(`${url}/${way}`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'x-namespace': namespace, origin: uiOrigin },
      });
    const decoded = await ask('decode', await encrypted('production'), 'production');
    expect(decoded.headers.get('access-control-allow-origin')).toBe(uiOrigin);
    expect(await decoded.json()).toEqual({ payloads: [json(plain)] });
    const encoded = await (await ask('encode', JSON.stringify({ payloads: [json(plain)] }), 'other')).text();
    expect(await (await ask('decode', encoded, 'other')).json()).toEqual({ payloads: [json(plain)] });
    const wrong = await ask('decode', encoded, 'production');
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('does not decrypt')]);
    expect((await ask('decode', '{"payloads":[{"data":"*"}]}', 'other')).status).toBe(400);
  });

  it.each([
    ['of the UI', `localhost:1`, [`origin: ${uiOrigin}`], 200],
    ["of Temporal's command", '127.0.0.1:1', [], 200],
    ['of another page', 'localhost:1', ['origin: https://evil.example'], 403],
    ['of a page with an origin that begins alike', 'localhost:1', [`origin: ${uiOrigin}.evil.example`], 403],
    ['of a file or a sandbox', 'localhost:1', ['origin: null'], 403],
    ['of a page whose name was bound to our address', 'evil.example:1', [], 403],
    ['of such a page that claims the origin of the UI', 'evil.example:1', [`origin: ${uiOrigin}`], 403],
  ])('answers a call %s with what it may have', async (_, host, more, status) => {
    const { url } = await start();
    const answer = await raw(url, post(host, ...more), await encrypted());
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.includes(json(plain).data)).toBe(status === 200);
    if (status !== 200) expect(answer).not.toMatch(/access-control-allow-origin/i);
  });

  it('lets a browser ask first, and only for the UI', async () => {
    const { url } = await start({ token: 'secret' });
    const preflight = (origin: string) =>
      raw(url, [
        'OPTIONS /decode HTTP/1.1',
        'host: localhost',
        `origin: ${origin}`,
        'access-control-request-method: POST',
      ]);
    expect(await preflight(uiOrigin)).toMatch(
      /^HTTP\/1.1 204 [\s\S]*access-control-allow-headers: content-type, x-namespace, authorization/,
    );
    expect(await preflight('https://evil.example')).toMatch(/^HTTP\/1.1 403 /);
  });

  it("decrypts for Temporal's own command", async () => {
    const t = await startTenantry({ fleet: { encryptPayloads: true } });
    stops.push(t.stop);
    await t.startWorker();
    const handle = await t.tenantry.start.onboard({ id: 'acme' });
    const { projectId } = await handle.result();
    const server = await startCodecServer({
      sealKeys: parseSealKeys(t.environment.TENANTRY_SEAL_KEY ?? ''),
      namespace: 'default',
      token: 'secret',
      host: '127.0.0.1',
      port: 0,
    });
    stops.push(server.close);
    const { toolchain, temporalAddress } = inject('ground');
    const show = async (...more: string[]) => {
      const args = ['workflow', 'show', '--address', temporalAddress, '--workflow-id', handle.workflowId];
      const { stdout } = await promisify(execFile)(toolchain.temporal, [
        ...args,
        '--output',
        'json',
        ...more,
      ]);
      // Payloads are in base64 there.
      return stdout.replace(/(?<=")[\w+/]{8,}=*(?=")/g, (data) => Buffer.from(data, 'base64').toString());
    };
    expect(await show()).not.toContain(projectId);
    expect(await show('--codec-endpoint', server.url, '--codec-auth', 'Bearer secret')).toContain(projectId);
  });

  it('asks for its token where it has one', async () => {
    const { url } = await start({ token: 'secret' });
    const body = await encrypted();
    expect(await raw(url, post('localhost'), body)).toMatch(/^HTTP\/1.1 401 /);
    expect(await raw(url, post('localhost', 'authorization: Bearer wrong'), body)).toMatch(/^HTTP\/1.1 401 /);
    expect(await raw(url, post('localhost', 'authorization: Bearer secret'), body)).toContain(
      json(plain).data,
    );
  });

  it('is not opened beyond this machine without a token', async () => {
    const environment = {
      TENANTRY_SEAL_KEY: `k:${randomBytes(32).toString('base64')}`,
      TEMPORAL_ADDRESS: 'x',
      TENANTRY_CATALOG_URL: 'postgres://x/x',
    };
    const { exitCode, stderr } = await runTenantry(['codec-server', '--host', '0.0.0.0'], environment);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('set TENANTRY_CODEC_TOKEN')]);
  });
});
