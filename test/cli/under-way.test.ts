import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { checkoutRoot } from '../../local/state-directory.js';
import { runTenantry } from '../support/command-line.js';
import { compiledModule } from '../support/compiled-module.js';
import { eventually } from '../support/eventually.js';
import { scratchFolder } from '../support/scratch-folder.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';
import { plainFleet } from './plain-fleet.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
});

afterAll(() => t.stop());

const run = (...args: string[]) => runTenantry(args, t.environment);

const held = {
  match: { method: 'POST', path: '/projects', times: 1 },
  effect: { kind: 'hold-before-apply' },
};

describe('a worker as a command', () => {
  it('works as the fleet and the environment say, and stops when it is told to', async () => {
    const worker = spawn(process.execPath, [compiledModule('cli/main'), 'worker'], {
      env: { ...process.env, ...t.environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const said = text(worker.stderr);
    const { projectId } = await t.tenantry.execute.onboard({ id: 'by-command' });
    expect(projectId).toMatch(/./);

    const waited = await run('wait', 'by-command', '--json');
    expect(waited).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(waited.stdout)).toMatchObject({
      id: 'by-command',
      state: 'ready',
      operation: 'onboard',
      projectId,
    });

    const { exitCode, stdout } = await run('status', '--json');
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ version: '0.1.0', stack: null });
    expect(found.parts.map((each: { part: string; status: string }) => [each.part, each.status])).toEqual([
      ['temporal', 'up'],
      ['catalog', 'up'],
      ['neon', 'up'],
    ]);
    expect(stdout).not.toContain(new URL(t.environment.TENANTRY_CATALOG_URL ?? '').password);
    expect(found.queues).toHaveLength(7);
    for (const { polled, pollers } of found.queues) {
      expect(polled).toBe(true);
      expect(pollers[0].identity).toMatch(new RegExp(`^${worker.pid}@`));
    }
    expect(exitCode).toBe(0);

    worker.kill('SIGTERM');
    expect((await once(worker, 'exit'))[0]).toBe(0);
    expect(await said).toContain('worker started');

    const after = await run('status');
    expect(after.exitCode).toBe(1);
    expect(after.stdout).toMatch(/^Temporal +up +127\.0\.0\.1:\d+/m);
    expect(after.stdout).toMatch(new RegExp(`workflows +${worker.pid}@\\S+ \\(has ended\\)`));
  });

  it('says in a sentence what its environment lacks', async () => {
    const { exitCode, stderr } = await runTenantry(['worker'], { ...t.environment, NEON_API_KEY: '' });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^tenantry: the configuration has problems:\n {2}NEON_API_KEY is not set\n$/);
  });
});

describe('status', () => {
  it('says of each server that is away why it counts as down', async () => {
    const { exitCode, stdout } = await runTenantry(['status', '--json'], {
      ...t.environment,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      TENANTRY_CATALOG_URL: 'postgresql://me:canary@127.0.0.1:1/catalog',
    });
    expect(exitCode).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({
      parts: [
        { part: 'temporal', status: 'down', reason: expect.stringMatching(/^cannot reach Temporal/) },
        { part: 'catalog', status: 'down', reason: expect.stringMatching(/^cannot reach the catalog/) },
        { part: 'neon', status: 'up' },
      ],
      queues: null,
      queuesReason: expect.stringMatching(/^cannot reach Temporal/),
    });
    expect(stdout).not.toContain('canary');
  });
});

describe('status, while Neon refuses a key,', () => {
  const neon = ({ stdout }: { stdout: string }) =>
    (JSON.parse(stdout) as { parts: { part: string }[] }).parts.find(({ part }) => part === 'neon');

  it('says so of the key that it has, and does not exit with 0', async () => {
    const environment = { ...t.environment, NEON_API_KEY: 'revoked' };
    const status = await runTenantry(['status', '--json'], environment);
    expect(status.exitCode).toBe(1);
    expect(neon(status)).toMatchObject({
      status: 'refused',
      reason: expect.stringMatching(/^NEON_API_KEY is not a key that .* knows/),
    });
    expect((await runTenantry(['status'], environment)).stdout).toMatch(
      /^Neon +refused .*NEON_API_KEY is not/m,
    );
  });

  it('nor for the key of a worker, where its own is good', async () => {
    const worker = await startKillableWorker(t);
    const refused = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects', times: 100_000 },
      effect: { kind: 'status', status: 401, body: { code: '', message: 'who are you' } },
    });
    const handle = await t.tenantry.start.onboard({ id: 'keyless' });
    await eventually('it waits', async () => {
      const status = await t.tenantry.operationStatus('keyless');
      return status?.wait?.type === 'NeonKeyRefused';
    });
    const status = await run('status', '--json');
    expect(neon(status)).toMatchObject({ status: 'up' });
    expect(status.exitCode).toBe(1);
    await refused.lift();
    await handle.result();
    expect((await run('status')).exitCode).toBe(0);
    await worker.stop();
  });
});

describe('an operation under way', () => {
  beforeAll(async () => {
    await t.startWorker();
  });

  it('is cancelled and undone, and waited for by another command', async () => {
    const hold = await t.emulator.addFault(held);
    const handle = await t.tenantry.start.onboard({ id: 'unwanted' });
    await hold.struck();
    const waiting = run('wait', 'unwanted', '--json');
    const { exitCode, stdout } = await run('cancel', 'unwanted', '--wait', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      id: 'unwanted',
      state: 'failed',
      operation: 'onboard',
      runId: handle.runId,
      cancelled: true,
    });
    const waited = await waiting;
    expect(waited.exitCode).toBe(1);
    expect(JSON.parse(waited.stdout)).toMatchObject({ error: { code: 'OPERATION_CANCELLED' } });
    expect(await t.emulator.liveProjects()).not.toContainEqual(
      expect.objectContaining({ name: expect.stringContaining('unwanted') }),
    );
  });

  it('is asked to stop, and how to wait for that is said', async () => {
    const hold = await t.emulator.addFault(held);
    const handle = await t.tenantry.start.onboard({ id: 'unwanted-too' });
    await hold.struck();
    expect(await run('cancel', 'unwanted-too')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^onboarding of unwanted-too is asked to stop, .* wait unwanted-too\n$/),
    });
    await expect(handle.result()).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
  });

  it('is counted by `status` while it waits', async () => {
    const overload = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects', times: 1_000 },
      effect: { kind: 'status', status: 503, body: { code: '', message: 'overloaded' } },
    });
    const handle = await t.tenantry.start.onboard({ id: 'patient' });
    for await (const { wait } of handle.progress()) if (wait !== undefined) break;
    expect((await run('status')).stdout).toMatch(
      /^waits +1 +NeonUnavailable 1; the oldest for \d+s: .* attention$/m,
    );
    await overload.lift();
    await handle.result();
    expect((await run('status')).stdout).toMatch(/^waits +none$/m);
  });

  it('has a word for people, and its name for programs', async () => {
    await t.tenantry.execute.onboard({ id: 'named' });
    expect((await run('rotate', 'named', '--now')).stdout).toMatch(/^rotation of named is under way/);
    expect((await run('wait', 'named')).stdout).toContain('rotation of named succeeded');
    expect((await run('history', 'named')).stdout).toMatch(/ rotation +succeeded /);
    expect((await run('history', 'named', '--json')).stdout).toContain('"operation":"rotateCredentials"');
    const refused = await run('undo-move', 'unwanted', '--wait');
    expect(refused.stderr).toContain(
      'the tenant is failed, so the undo of the move cannot begin; what can is onboarding, ',
    );
  });

  it('is not there to be cancelled once it has ended, and nobody waits for a tenant that is not', async () => {
    const none = await run('cancel', 'unwanted', '--json');
    expect(none.exitCode).toBe(2);
    expect(JSON.parse(none.stdout)).toMatchObject({ error: { code: 'NO_OPERATION', tenantId: 'unwanted' } });
    expect((await run('wait', 'nobody')).exitCode).toBe(3);
  });
});

describe('migrations check', () => {
  it('exits with 1 on a problem, and names the file and the line', async () => {
    const scratch = scratchFolder('tenantry-check-');
    onTestFinished(() => scratch.remove());
    const config = await plainFleet(scratch.path);
    await writeFile(
      config,
      (await readFile(config, 'utf8')).replace("name: 'plain',", "name: 'plain', migrations: '.',"),
    );
    const check = (...args: string[]) =>
      runTenantry(['migrations', 'check', ...args], {
        TENANTRY_CONFIG: config,
        TEMPORAL_ADDRESS: '127.0.0.1:1',
      });
    await writeFile(path.join(scratch.path, '0001_first.sql'), 'create table a ();\n');
    expect(await check()).toMatchObject({
      exitCode: 0,
      stdout: `1 in ${scratch.path} can be read, the newest 0001_first.sql; what Postgres says of their SQL, --rehearse shows\n`,
    });
    await writeFile(path.join(scratch.path, 'second.sql'), 'select 1;\n');
    const { exitCode, stdout } = await check('--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      folder: scratch.path,
      files: 2,
      problems: [{ file: 'second.sql', line: null, message: expect.stringMatching(/number/) }],
    });
  });
});

describe('--version', () => {
  it('prints the release', async () => {
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile(path.join(checkoutRoot, 'package.json'), 'utf8')));
    expect(await runTenantry(['--version'], {})).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });
});
