import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startNeonEmulator } from '../../emulator/index.js';
import { freePort } from '../../local/free-port.js';
import { runTenantryProcess } from '../support/command-line.js';
import { compiledModule } from '../support/compiled-module.js';
import { eventually } from '../support/eventually.js';
import { firstOf, more } from '../support/long-form.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker, workerLog } from '../support/worker-process.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
});

afterAll(() => t.stop());

const start = (change: Readonly<Record<string, string>>) => startKillableWorker(t, change);

describe('a worker process', () => {
  const unfit: Record<string, { change: () => Promise<Record<string, string>>; says: RegExp }> = {
    'an unknown API key': {
      change: async () => ({ NEON_API_KEY: 'wrong' }),
      says: /NEON_API_KEY is not a key that .* knows/,
    },
    'an API key made for one project': {
      async change() {
        const response = await fetch(`${t.emulator.url}/projects`, {
          method: 'POST',
          headers: { authorization: `Bearer ${t.emulator.apiKey}`, 'content-type': 'application/json' },
          body: '{"project":{}}',
        });
        const { project } = (await response.json()) as { project: { id: string } };
        return { NEON_API_KEY: await t.emulator.createApiKey('project', project.id) };
      },
      says: /key made for one project cannot make others/i,
    },
    'an address that is not that of the API': {
      change: async () => ({ NEON_API_HOST: t.emulator.controlUrl }),
      says: /NEON_API_HOST .* does not answer as Neon's API v2 does/,
    },
    'a fleet file that is not there': {
      change: async () => ({ TENANTRY_CONFIG: '/nowhere/tenantry.config.ts' }),
      says: /there is no \/nowhere\/tenantry.config.ts/,
    },
  };

  it.each(firstOf(Object.entries(unfit)))(
    'with %s says so and does not start',
    async (_, { change, says }) => {
      const changed = await change();
      const before = (await t.emulator.calls()).filter(({ method }) => method !== 'GET');
      await expect(start(changed)).rejects.toThrow(says);
      expect((await t.emulator.calls()).filter(({ method }) => method !== 'GET')).toEqual(before);
    },
  );

  more('with the key of another organization than the first one had says so and does not start', async () => {
    const first = await start({});
    const { projectId } = await t.tenantry.execute.onboard({ id: 'elsewhere' });
    await first.stop();
    const other = await startNeonEmulator({ dataDir: path.join(t.folder, 'other'), compute: false });
    onTestFinished(() => other.stop());
    await expect(
      start({ NEON_API_KEY: other.apiKey, NEON_ORG_ID: other.orgId, NEON_API_HOST: other.url }),
    ).rejects.toThrow(
      `lead to ${other.orgId} at Neon, and the projects of this installation are in ${t.emulator.orgId}`,
    );
    expect(await t.tenantry.get('elsewhere')).toMatchObject({ state: 'ready', projectId });
  });

  it('lists everything that is wrong with its environment at once, and none of its values', async () => {
    const error: Error = await start({
      NEON_API_KEY: '',
      TENANTRY_CATALOG_URL: 'mysql://user:secret@host/db',
      TENANTRY_SEAL_KEY: 'one:c2VjcmV0',
      TENANTRY_NEON_CALLS_PER_SECOND: '-3',
    }).then(
      () => expect.fail('it started'),
      (refusal) => refusal,
    );
    for (const problem of [
      'NEON_API_KEY is not set',
      'TENANTRY_CATALOG_URL is not a postgresql:// address',
      'TENANTRY_SEAL_KEY seal key "one" has 6 bytes',
      'TENANTRY_NEON_CALLS_PER_SECOND',
    ]) {
      expect(error.message).toContain(problem);
    }
    expect(error.message).not.toMatch(/user:secret|c2VjcmV0/);
  });

  it.each(['TENANTRY_HEALTH_PORT', 'TENANTRY_METRICS_PORT'])(
    'says in a sentence that the port of %s is taken',
    async (name) => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      onTestFinished(() => void taken.close());
      const port = String((taken.address() as AddressInfo).port);
      const { exitCode, stderr } = await runTenantryProcess([], { ...t.environment, [name]: port }, [
        compiledModule('worker/main'),
      ]);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(new RegExp(`${name} .*: (the port is taken|Address already in use.*)$`, 'm'));
      expect(stderr).not.toMatch(/^\s+at /m);
    },
  );

  more('says in a sentence that the catalog refuses its login', async () => {
    const catalog = new URL(t.environment.TENANTRY_CATALOG_URL ?? '');
    catalog.password = 'canary';
    const refused = start({ TENANTRY_CATALOG_URL: catalog.href });
    await expect(refused).rejects.toThrow(/TENANTRY_CATALOG_URL is refused: password authentication failed/);
    await expect(refused).rejects.not.toThrow(/canary|^\s+at /m);
  });

  it('lets the work in hand come to its end when it is told to stop', async () => {
    const worker = await start({});
    const hold = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'delay', ms: 1_000 },
    });
    const handle = await t.tenantry.start.onboard({ id: 'graceful' });
    await hold.struck();
    await worker.stop();
    expect((await worker.exited).code).toBe(0);
    expect(await t.tenantry.get('graceful')).toMatchObject({ projectId: expect.any(String) });
    expect((await t.tenantry.exportRecord('graceful')).projects).toMatchObject([{ inDoubt: false }]);
    const next = await t.startWorker();
    await handle.result();
    next.shutdown();
  });

  it('logs the type, message and stack of what went wrong, in activities and in workflows', async () => {
    const worker = await start({});
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'fail-operation', status: 'error', action: 'start_compute' },
    });
    await t.emulator.addFault({
      match: { method: 'DELETE', path: '/projects/*' },
      effect: {
        kind: 'status',
        status: 403,
        body: { code: '', message: 'see https://me:canary@neon.test/' },
      },
    });
    await expect(t.tenantry.execute.onboard({ id: 'logged' })).rejects.toThrow(/start_compute/);
    await worker.stop();
    const log = await readFile(workerLog(t), 'utf8');
    const records = log
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
    const errors = records.flatMap(({ msg, error }) => (error === undefined ? [] : [{ msg, error }]));
    expect(errors).toContainEqual({
      msg: 'Activity failed',
      error: expect.objectContaining({
        type: 'ApplicationFailure',
        failure: 'NeonOperationFailed',
        message: expect.stringContaining('start_compute ended as error'),
        stack: expect.stringMatching(/activities\/neon\/await-operations\.ts:\d+/),
      }),
    });
    expect(errors).toContainEqual({
      msg: 'could not delete the project',
      error: expect.objectContaining({
        message: expect.stringMatching(/./),
        cause: expect.objectContaining({ message: expect.stringContaining('see [address]') }),
      }),
    });
    for (const { error } of errors)
      expect(error).toMatchObject({ type: expect.stringMatching(/./), message: expect.any(String) });
    expect(log).not.toContain('canary');
  });

  it('answers for its health and counts what it does, and has removed what a killed one copied', async () => {
    const [killed, alive] = [await copying(), await copying()];
    killed.child.kill('SIGKILL');
    await once(killed.child, 'exit');
    const metricsPort = await freePort();
    const worker = await start({ TENANTRY_METRICS_PORT: String(metricsPort), TMPDIR: t.folder });
    expect(existsSync(killed.folder)).toBe(false);
    expect(existsSync(alive.folder)).toBe(true);
    await t.tenantry.execute.onboard({ id: 'measured' });
    await eventually('the activities are counted', async () =>
      /temporal_activity_execution_latency_count\{[^}]*activity_type="createProject"/.test(
        await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text(),
      ),
    );
    await worker.stop();
  });
});

/** A process that is in the middle of a copy. */
async function copying(): Promise<{ child: ChildProcess; folder: string }> {
  const script = `
    import { withScratchFolder } from ${JSON.stringify(compiledModule('activities/database/scratch-folder'))};
    await withScratchFolder((folder) => {
      console.log(folder);
      return new Promise(() => setInterval(() => {}, 1_000));
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, TMPDIR: t.folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  return { child, folder: String(line).trim() };
}
