import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { isRunning, startOf } from '../../local/process-identity.js';
import { findRunningStack } from '../../local/running-stack.js';
import { checkoutRoot } from '../../local/state-directory.js';
import { defaultTaskQueue } from '../../tenancy/naming.js';
import { bundleWorkflows } from '../../worker/workflow-bundle.js';
import { runTenantry, runTenantryProcess } from '../support/command-line.js';
import { compiledModule } from '../support/compiled-module.js';
import { eventually } from '../support/eventually.js';
import { more } from '../support/long-form.js';
import { descendantsOf } from '../support/processes.js';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.js';

let scratch: ScratchFolder;

beforeAll(async () => {
  scratch = scratchFolder('tenantry-stack-');
  // Once for the workers of all stacks here: each would spend seconds on it.
  await bundleWorkflows(workflowBundle(), {
    workflowsPath: path.join(checkoutRoot, 'test/worker/own-code/workflows.ts'),
  });
  writeFileSync(fleetFile(), fleetOf({ free }));
  writeFileSync(path.join(scratch.path, 'tenantry.worker.mjs'), ownWorker());
});

afterAll(async () => {
  await run('down');
  scratch.remove();
});

const stackFolder = () => path.join(scratch.path, 'stack-emulator');
/** The worker, which is to run. */
async function workerNow() {
  const worker = (await findRunningStack(stackFolder()))?.ready?.worker;
  return worker?.status === 'running' ? worker : undefined;
}

const compiled = (module: string) => JSON.stringify(compiledModule(module));
const workflowBundle = () => path.join(scratch.path, 'workflows.js');
const fleetFile = () => path.join(scratch.path, 'tenantry.config.mjs');
const free = { region: 'aws-us-east-1', compute: { maxCu: 0.25 } };
const fleetOf = (plans: object) => `
  import { defineFleet } from ${compiled('tenancy/index')};
  export default defineFleet({ name: 'demo', defaultPlan: 'free', plans: ${JSON.stringify(plans)} });
`;
const ownWorker = () => `
  import { runWorker } from ${compiled('worker/index')};
  await runWorker({
    environment: { ...process.env, TENANTRY_WORKFLOW_BUNDLE: ${JSON.stringify(workflowBundle())} },
    activities: { welcome: async (id) => 'welcome, ' + id },
  });
`;

/** As a stranger would: nothing in the environment says where a server is. */
const strangers = () => ({
  TENANTRY_STATE_DIR: scratch.path,
  TENANTRY_CONFIG: fleetFile(),
  AWS_SECRET_ACCESS_KEY: 'canary-aws',
});
const run = (...args: string[]) => runTenantry(args, strangers());

/** What `dev` has said so far. */
const said = () => readFileSync(path.join(stackFolder(), 'stack.log'), 'utf8');

/** Files that somebody else can get at: each folder on the way can be entered, and the file be read. */
function readableByOthers(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    const found = lstatSync(file);
    if (found.isDirectory()) return found.mode & 0o011 ? readableByOthers(file) : [];
    return found.isFile() && found.mode & 0o044 ? [file] : [];
  });
}

describe('tenantry, with nothing set', () => {
  it('starts a stack for one command, and ends it with the command', async () => {
    const { stdout, exitCode } = await runTenantryProcess(
      ['onboard', 'first', '--wait', '--json'],
      strangers(),
    );
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ id: 'first', state: 'ready' });
    expect(await findRunningStack(stackFolder())).toBeUndefined();
  });

  it.each([
    { words: 'onboard alone', option: '--wait' },
    { words: 'cancel alone', option: '--wait' },
    { words: 'fleet migrate', option: '--wait' },
  ])('does not begin $words without an option of its own that waits', async ({ words, option }) => {
    const { stderr, exitCode } = await run(...words.split(' '));
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`add ${option}, or keep a stack up`);
    expect((await run(...words.split(' '), '--help')).stdout).toContain(`${option} `);
  });

  it('keeps a stack up in the background, with all that was there before', async () => {
    const up = await run('up');
    expect(up.exitCode).toBe(0);
    expect(up.stderr).toMatch(/^starting Temporal$/m);
    for (const address of [/Temporal UI +http/, /Temporal +127\.0\.0\.1:\d+$/m, /Neon emulator +http/])
      expect(up.stdout).toMatch(address);
    expect(JSON.parse((await run('list', '--json')).stdout)).toMatchObject({
      tenants: [{ id: 'first', state: 'ready' }],
    });
    const print = await run('connect', 'first', '--print');
    expect(print.stdout).toMatch(/^postgresql:/);
    const told = JSON.parse((await run('env', '--json')).stdout);
    expect(told).toMatchObject({
      TEMPORAL_ADDRESS: expect.stringMatching(/^127\.0\.0\.1:/),
      TENANTRY_CATALOG_URL: expect.stringMatching(/^postgres/),
      TENANTRY_SEAL_KEY: expect.stringMatching(/^local:/),
      TEMPORAL_UI_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
    expect(up.stdout).toContain(told.TEMPORAL_UI_URL);
    const lines = (await run('env')).stdout;
    expect(lines).toContain(`export TENANTRY_CATALOG_URL='${told.TENANTRY_CATALOG_URL}'\n`);
    const again = await run('up');
    expect(again.stderr).toContain('up already');
  });

  it('runs the worker beside the fleet, with workflows of its own', async () => {
    const { TEMPORAL_ADDRESS: address } = JSON.parse((await run('env', '--json')).stdout);
    const connection = await Connection.connect({ address });
    onTestFinished(() => connection.close());
    const { workflow } = new Client({ connection });
    const greeting = await workflow.execute('signUp', {
      workflowId: 'sign-up',
      taskQueue: defaultTaskQueue('demo'),
      args: ['demo', 'of-a-workflow'],
    });
    expect(greeting).toMatch(/^welcome, of-a-workflow in /);
  });

  it('takes up an edit of the fleet, and goes on as before where that cannot be', async () => {
    const before = await workerNow();
    writeFileSync(fleetFile(), 'export default {{');
    await eventually('it is said', async () => said().includes('The edit is not taken up'));
    expect(said()).toContain(`${fleetFile()} does not load`);
    await eventually('it is noted', async () => (await workerNow())?.stale !== undefined);
    expect(await workerNow()).toMatchObject({
      pid: before?.pid,
      stale: expect.stringContaining('does not load'),
    });

    writeFileSync(fleetFile(), fleetOf({ free, pro: free }));
    await eventually('another worker runs', async () => {
      const now = await workerNow();
      return now !== undefined && now.pid !== before?.pid;
    });
    expect(said()).toContain('the edit is taken up');
    expect(await workerNow()).not.toHaveProperty('stale');
    const { exitCode, stdout } = await run('onboard', 'after-the-edit', '--plan', 'pro', '--wait', '--json');
    expect({ exitCode, ...JSON.parse(stdout) }).toMatchObject({ exitCode: 0, plan: 'pro' });
  });

  it('keeps its secrets in files that nobody else reads', async () => {
    const { TENANTRY_SEAL_KEY, TENANTRY_CATALOG_URL, NEON_API_KEY } = JSON.parse(
      (await run('env', '--json')).stdout,
    );
    const secrets = [TENANTRY_SEAL_KEY.split(':')[1], new URL(TENANTRY_CATALOG_URL).password, NEON_API_KEY];
    const stack = stackFolder();
    // The look must be able to see.
    expect(readFileSync(path.join(stack, 'stack.json'), 'utf8')).toContain(TENANTRY_SEAL_KEY);
    const open = readableByOthers(scratch.path).filter((file) => {
      const content = readFileSync(file);
      return secrets.some((secret) => content.includes(secret));
    });
    expect(open).toEqual([]);
  });

  it.runIf(process.platform === 'linux')(
    'tells what is ours alone what stands in its environment',
    async () => {
      const running = await findRunningStack(stackFolder());
      const all = descendantsOf(running?.pid ?? 0);
      expect(all.some(({ commandLine }) => commandLine.includes('start-dev'))).toBe(true);
      const informed = all
        .filter(({ environment }) => environment.includes('canary-aws'))
        .map(({ commandLine }) => commandLine);
      // The fleet's own code may need it; the shell that holds the worker's leash was told it on the way.
      expect(informed.filter((line) => !line.includes('tenantry.worker'))).toEqual([]);
    },
  );

  it('starts another worker when one is killed, and says so', async () => {
    const before = await workerNow();
    if (before === undefined) throw new Error('no worker runs');
    process.kill(before.pid, 'SIGKILL');
    await eventually('another worker runs', async () => {
      const now = await workerNow();
      return now !== undefined && now.pid !== before.pid;
    });
    expect(await workerNow()).toMatchObject({ restarts: 1 });
    expect(said()).toMatch(
      new RegExp(
        `^the worker \\(process ${before.pid}\\) was ended by SIGKILL; .*\\n(.*\\n)*a worker runs again, as process \\d+$`,
        'm',
      ),
    );
    expect((await run('onboard', 'after-the-kill', '--wait', '--json')).exitCode).toBe(0);
  });

  it('shows what is up, and the logs of its parts', async () => {
    const status = await run('status', '--json');
    expect(status.exitCode).toBe(0);
    expect(JSON.parse(status.stdout)).toMatchObject({
      stack: { worker: { status: 'running', restarts: 1 } },
      parts: [
        { part: 'temporal', status: 'up', version: expect.stringMatching(/^Temporal \d/) },
        { part: 'temporal-ui', status: 'up' },
        { part: 'catalog', status: 'up', version: expect.stringMatching(/^PostgreSQL 18/) },
        { part: 'neon', status: 'up' },
      ],
    });
    const all = (await run('logs')).stdout;
    for (const seen of [/^worker +\| \{.*worker started/m, /^stack +\| a worker runs again/m])
      expect(all).toMatch(seen);
    const one = await run('logs', 'emulator', '--lines', '1');
    expect(one.stdout).toMatch(/^\S+Z 20\d GET \/\S+ \(request \S+\)\n$/);
  });

  it('follows a log with what is written from then on', async () => {
    const child = spawn(
      process.execPath,
      [compiledModule('cli/main'), 'logs', 'emulator', '--follow', '--lines', '0'],
      { env: { ...process.env, TENANTRY_STATE_DIR: scratch.path }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let shown = '';
    child.stdout.on('data', (chunk) => {
      shown += chunk;
    });
    const { NEON_API_HOST } = (await findRunningStack(stackFolder()))?.ready?.environment ?? {};
    await eventually('a call is shown', async () => {
      await fetch(`${NEON_API_HOST}/regions`);
      return shown.includes('401 GET /regions');
    });
    child.kill('SIGINT');
    await once(child, 'exit');
  });

  it('is not started again from a shell that was told of it', async () => {
    const running = await findRunningStack(stackFolder());
    const { stderr, exitCode } = await runTenantry(['up'], {
      TENANTRY_STATE_DIR: scratch.path,
      TENANTRY_CONFIG: fleetFile(),
      ...running?.ready?.environment,
    });
    expect({ stderr, exitCode }).toEqual({ stderr: 'The stack is up already.\n', exitCode: 0 });
    expect(await findRunningStack(stackFolder())).toMatchObject({ pid: running?.pid, ready: running?.ready });
  });

  more('names the commands that start it anew where a part of it has died', async () => {
    const running = await findRunningStack(stackFolder());
    if (running === undefined) throw new Error('no stack is up');
    const temporal = descendantsOf(running.pid).find(({ commandLine }) => commandLine.includes('start-dev'));
    if (temporal === undefined) throw new Error('no Temporal runs');
    process.kill(temporal.pid, 'SIGKILL');
    const { exitCode, stderr } = await run('suspend', 'first');
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(
      /^tenantry: Temporal at \S+ does not answer\n {2}it is a part of the local stack that is up; to start that anew: .*tenantry down, then .*tenantry up\n$/,
    );
  });

  it('stops it when told to', async () => {
    const running = await findRunningStack(stackFolder());
    expect((await run('down')).stdout).toBe('stopped\n');
    expect(running !== undefined && (await isRunning(running))).toBe(false);
    expect((await run('down')).stdout).toBe('no stack is up\n');
  });

  more('ends by itself when its folder is gone', async () => {
    expect((await run('up')).exitCode).toBe(0);
    const running = await findRunningStack(stackFolder());
    if (running === undefined) throw new Error('no stack is up');
    const worker = running.ready?.worker;
    if (worker?.status !== 'running') throw new Error('no worker runs');
    rmSync(stackFolder(), { recursive: true });
    await eventually('its process has ended', async () => !(await isRunning(running)));
    await eventually('its worker has too', async () => (await startOf(worker.pid)) === undefined);
  });
});
