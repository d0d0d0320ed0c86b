import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { roomIn } from '../../cli/doctor/disk.js';
import { verdictOn } from '../../cli/verdict.js';
import { registeredSearchAttributes } from '../../local/registered-search-attributes.js';
import { startTemporalServer } from '../../local/temporal-server.js';
import { runTenantry, runTenantryProcess } from '../support/command-line.js';
import { compiledModule } from '../support/compiled-module.js';
import { eventually } from '../support/eventually.js';
import { more } from '../support/long-form.js';
import { interruptedOnTerminal } from '../support/on-terminal.js';
import { scratchFolder } from '../support/scratch-folder.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
  await t.startWorker();
});

afterAll(() => t.stop());

const run = (...args: string[]) => runTenantry(args, t.environment);

describe('an error with --json', () => {
  it('is one object on standard output, with the code of the client, and a line on standard error', async () => {
    const { exitCode, stdout, stderr } = await runTenantryProcess(
      ['show', 'nobody', '--json'],
      t.environment,
    );
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^tenantry: there is no tenant "nobody"\n {2}which there are: .*tenantry list\n$/);
    expect(stdout).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'TENANT_NOT_FOUND',
        message: 'there is no tenant "nobody"',
        tenantId: 'nobody',
        runId: null,
        neonRequestId: null,
        operation: null,
        reason: null,
        cure: null,
      },
    });
  });

  it('names the run and the reason of an operation that failed', async () => {
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects', times: 1 },
      effect: { kind: 'fail-operation', status: 'error', action: 'start_compute' },
    });
    const { exitCode, stdout, stderr } = await run('onboard', 'unlucky', '--wait', '--json');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /start_compute ended as error \(injected failure\), Neon's operation \S+\n {2}Fix what Neon names.* support .*\n {2}NeonOperationFailed: docs\/failures\.md#neonoperationfailed\n$/,
    );
    expect(JSON.parse(stdout)).toMatchObject({
      error: {
        code: 'OPERATION_FAILED',
        tenantId: 'unlucky',
        operation: 'onboard',
        runId: expect.stringMatching(/./),
        reason: { type: 'NeonOperationFailed' },
      },
    });
  });

  it.each([
    ['an option that is not there', ['list', '--json', '--fast'], 2, 'BAD_USE'],
    ['a missing word', ['onboard', '--json'], 2, 'BAD_USE'],
  ])('has the code of bad use for %s', async (_, args, exitCode, code) => {
    const told = await run(...args);
    expect(told.exitCode).toBe(exitCode);
    expect(told.stderr).toMatch(/^error: /);
    expect(JSON.parse(told.stdout)).toMatchObject({
      error: { code, message: expect.not.stringMatching(/^error/) },
    });
  });
});

describe('a reader that goes away', () => {
  it.each(['--help', 'list', 'list --json', 'completion bash'])(
    'ends `%s` without a word, as SIGPIPE does',
    async (words) => {
      const child = spawn(process.execPath, [compiledModule('cli/main'), ...words.split(' ')], {
        env: { ...process.env, ...t.environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child.stdout.destroy();
      const [said, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
      expect({ said, exitCode }).toEqual({ said: '', exitCode: 141 });
    },
  );
});

describe('Ctrl-C while a command waits', () => {
  it('says that the run goes on, and how to follow and to stop it', async () => {
    const hold = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects', times: 1 },
      effect: { kind: 'hold-before-apply' },
    });
    const child = spawn(
      process.execPath,
      [compiledModule('cli/main'), 'onboard', 'patient', '--wait', '--json'],
      {
        env: { ...process.env, ...t.environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const [said, answered] = [text(child.stderr), text(child.stdout)];
    await hold.struck();
    child.kill('SIGINT');
    expect((await once(child, 'exit'))[0]).toBe(130);
    expect(await said).toMatch(
      /the onboarding of patient, which goes on at a worker\n.* wait patient\n.* cancel patient\n$/,
    );
    expect(JSON.parse(await answered)).toMatchObject({ error: { code: 'INTERRUPTED' } });
    await hold.lift();
    await t.tenantry.execute.onboard({ id: 'patient' });
    expect(await t.tenantry.get('patient')).toMatchObject({ state: 'ready' });
  });

  it('is heard on a terminal, whose spinner takes nothing of the keyboard', async () => {
    const hold = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects', times: 1 },
      effect: { kind: 'hold-before-apply' },
    });
    const { exitCode, said } = await interruptedOnTerminal(
      ['onboard', 'typing', '--wait'],
      t.environment,
      'create project',
    );
    expect(said).toMatch(
      /the onboarding of typing, which goes on at a worker\n.* wait typing\n.* cancel typing\n/,
    );
    expect(exitCode).toBe(130);
    await hold.lift();
    await t.tenantry.execute.onboard({ id: 'typing' });
  });
});

describe('a server that is away', () => {
  it('is named where it is the catalog, with what to do', async () => {
    const { exitCode, stdout, stderr } = await runTenantry(['show', 'acme', '--json'], {
      ...t.environment,
      TENANTRY_CATALOG_URL: 'postgresql://me:canary@127.0.0.1:1/catalog',
    });
    expect(exitCode).toBe(5);
    expect(stderr).toBe(
      'tenantry: cannot reach the catalog (connect ECONNREFUSED 127.0.0.1:1): start that Postgres, or set ' +
        'TENANTRY_CATALOG_URL to one that is up\n',
    );
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'CATALOG_UNREACHABLE' } });
  });

  more('is named where it is Temporal that goes away while a command waits', async () => {
    const scratch = scratchFolder('tenantry-away-');
    const server = await startTemporalServer({
      binary: inject('ground').toolchain.temporal,
      stateDir: scratch.path,
      headless: true,
      inMemory: true,
      searchAttributes: registeredSearchAttributes,
    });
    const child = spawn(process.execPath, [compiledModule('cli/main'), 'onboard', 'stranded', '--wait'], {
      env: {
        ...process.env,
        ...t.environment,
        TEMPORAL_ADDRESS: server.address,
        TEMPORAL_UI_URL: 'http://ui',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const exit = once(child, 'exit');
    const said = text(child.stderr);
    // Where to look is said once it waits.
    await once(child.stderr, 'data');
    await server.stop('SIGKILL');
    expect((await exit)[0]).toBe(5);
    expect(await said).toMatch(/^tenantry: Temporal at 127\.0\.0\.1:\d+ does not answer.*\n$/m);
    expect(await said).not.toMatch(/^\s+at /m);
    scratch.remove();
  });

  it('is not blamed on the address where Neon says that it is unwell', async () => {
    await t.emulator.addFault({
      match: { method: 'GET', path: '/auth', times: 100 },
      effect: { kind: 'status', status: 503, body: { code: '', message: 'try later' } },
    });
    const { stdout } = await run('doctor', '--json');
    await t.emulator.liftFaults();
    const checks = JSON.parse(stdout) as { check: string }[];
    expect(checks.find(({ check }) => check === 'neon')).toMatchObject({
      status: 'problem',
      message: expect.stringMatching(/answers that it is unwell \(.*503.*\)/),
      cure: expect.stringMatching(/nothing is to be changed here.*neonstatus\.com/),
    });
  });
});

describe('a disk that is full', () => {
  it('is told in a sentence, whoever notices it', async () => {
    for (const said of [
      'ENOSPC: no space left on device, write',
      'IO error: 000003.log: No space left on device',
    ])
      expect(await verdictOn(new Error(said))).toEqual({
        exitCode: 1,
        code: 'DISK_FULL',
        message: `no room is left on the disk (${said}): make some, and repeat the command`,
      });
  });

  it('is a problem to doctor before it is full, also where the folder is yet to be made', async () => {
    const folder = `${t.folder}/not/yet`;
    expect(await roomIn(folder, 1)).toMatchObject({ status: 'ok' });
    expect(await roomIn(folder, Number.POSITIVE_INFINITY)).toMatchObject({
      status: 'problem',
      message: expect.stringMatching(/^only \d+ MB are free where .*not\/yet is/),
      cure: expect.stringMatching(/make room/),
    });
  });
});

describe('a key of Neon that was revoked', () => {
  it('is named as what an operation waits for, which goes on once Neon knows it again', async () => {
    await t.emulator.addFault({
      match: { path: '/projects*', times: 100_000 },
      effect: {
        kind: 'status',
        status: 401,
        body: { code: '', message: 'supplied credentials do not pass' },
      },
    });
    const ended = run('onboard', 'keyless', '--wait');
    await eventually('it waits for a key', async () => {
      const status = await t.tenantry.operationStatus('keyless');
      return status?.wait?.type === 'NeonKeyRefused';
    });
    // A look a second is what shows it.
    await eventually('it was told', async () => {
      const status = await t.tenantry.operationStatus('keyless');
      return (status?.wait?.attempts ?? 0) > 3;
    });
    await t.emulator.liftFaults();
    const { exitCode, stderr } = await ended;
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /^create project: .*401 .*; Neon does not know NEON_API_KEY, or not any more.*; tried/m,
    );
  });
});

describe('an offboarding', () => {
  it('says until when it can be undone, for as long as it is asked for', async () => {
    await t.tenantry.execute.onboard({ id: 'leaving' });
    const before = Date.now();
    const { exitCode, stdout } = await run('offboard', 'leaving', '--grace', '36h', '--json');
    expect(exitCode).toBe(0);
    const { undoableUntil } = JSON.parse(stdout);
    const hours = (Date.parse(undoableUntil) - before) / 3_600_000;
    expect(hours).toBeGreaterThan(35.9);
    expect(hours).toBeLessThan(36.1);
    const again = await run('offboard', 'leaving', '--grace', '36h');
    expect(again.stdout).toContain(`it can be undone until ${undoableUntil} at least: `);
    await t.tenantry.execute.undoOffboarding('leaving');
    expect(await run('offboard', 'leaving', '--grace', '1d', '--now', '--yes')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/--now .* --grace/),
    });
  });
});
