import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startNeonEmulator } from '../../emulator/index.js';
import { freePort } from '../../local/free-port.js';
import { neonServer, reply } from '../neon/neon-server.js';
import { eventually } from '../support/eventually.js';
import { more } from '../support/long-form.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker, workerLog } from '../support/worker-process.js';

let t: TestTenantry;

beforeEach(async () => {
  t = await startTenantry();
});

afterEach(() => t.stop());

const away = {
  match: { for_ms: 600_000 },
  effect: { kind: 'status', status: 503, body: { message: 'unwell' } },
};

const readinessOf = async (url: string) => {
  const response = await fetch(`${url}/ready`);
  return { status: response.status, body: await response.json() };
};

const askedOfNeon = async () => (await t.emulator.calls()).map(({ method, path }) => `${method} ${path}`);

describe('a worker that starts while Neon is away', () => {
  it('takes work, but no calls to Neon before its key was checked', async () => {
    const fault = await t.emulator.addFault(away);
    const worker = await startKillableWorker(t);
    onTestFinished(() => worker.stop());
    expect(await readinessOf(worker.url)).toMatchObject({
      status: 200,
      body: { status: 'ready', neon: expect.stringContaining('503') },
    });
    expect(await readFile(workerLog(t), 'utf8')).toContain('the key cannot be checked now');

    const onboarding = await t.tenantry.start.onboard({ id: 'acme' });
    await eventually(
      'the tenant is taken',
      async () => (await t.tenantry.get('acme'))?.state === 'provisioning',
    );
    // Past the moment at which a task of the queue would have been taken: the key was looked at again meanwhile.
    const looks = (await askedOfNeon()).length;
    await eventually('the key is looked at again', async () => (await askedOfNeon()).length > looks + 2);
    expect(new Set(await askedOfNeon())).toEqual(new Set(['GET /auth']));

    await fault.lift();
    expect(await onboarding.result()).toMatchObject({ state: 'ready' });
    expect(await readinessOf(worker.url)).toEqual({ status: 200, body: { status: 'ready' } });
    expect(await readFile(workerLog(t), 'utf8')).toContain('the key has been checked');
  });

  more('starts where nobody listens, and ends when it is told to stop', async () => {
    const host = `http://127.0.0.1:${await freePort()}/api/v2`;
    const worker = await startKillableWorker(t, { NEON_API_HOST: host });
    expect(await readinessOf(worker.url)).toMatchObject({
      status: 200,
      body: { neon: expect.stringContaining(`does not answer at NEON_API_HOST ${host}`) },
    });
    await worker.stop();
    expect((await worker.exited).code).toBe(0);
  });

  it('ends once Neon refuses its key', async () => {
    let status = 503;
    const neon = await neonServer((response) => reply(response, status, {}));
    const worker = await startKillableWorker(t, { NEON_API_HOST: neon.url });
    status = 401;
    expect((await worker.exited).code).toBe(1);
    expect(await readFile(workerLog(t), 'utf8')).toMatch(/^ {2}NEON_API_KEY is not a key that .* knows/m);
  });

  it('ends once its key leads to another organization, before it takes a project there for deleted', async () => {
    const first = await startKillableWorker(t);
    const { projectId } = await t.tenantry.execute.onboard({ id: 'acme' });
    await first.stop();
    const other = await startNeonEmulator({ dataDir: path.join(t.folder, 'other'), compute: false });
    onTestFinished(() => other.stop());
    const faults = `${other.controlUrl}/faults`;
    const headers = { 'content-type': 'application/json' };
    await fetch(faults, { method: 'POST', headers, body: JSON.stringify(away) });

    const worker = await startKillableWorker(t, {
      NEON_API_KEY: other.apiKey,
      NEON_ORG_ID: other.orgId,
      NEON_API_HOST: other.url,
    });
    const offboarding = await t.tenantry.start.offboard('acme', { graceMs: 0 });
    await eventually('it is under way', async () => (await t.tenantry.get('acme'))?.state === 'offboarding');
    await fetch(faults, { method: 'DELETE' });
    expect((await worker.exited).code).toBe(1);
    expect(await readFile(workerLog(t), 'utf8')).toContain(`lead to ${other.orgId} at Neon`);
    const { calls } = (await (await fetch(`${other.controlUrl}/calls`)).json()) as {
      calls: { path: string }[];
    };
    expect(new Set(calls.map(({ path }) => path))).toEqual(
      new Set(['/auth', `/organizations/${other.orgId}`]),
    );
    expect((await t.emulator.liveProjects()).map(({ id }) => id)).toEqual([projectId]);

    await t.startWorker();
    await offboarding.result();
    expect(await t.emulator.liveProjects()).toEqual([]);
  });
});
