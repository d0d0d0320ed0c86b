import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { isRunning, startOf } from '../../local/process-identity.js';
import { testCatalog } from '../catalog/test-catalog.js';
import { runTenantry } from '../support/command-line.js';
import { scratchFolder } from '../support/scratch-folder.js';
import { plainFleet } from './plain-fleet.js';

const test = testCatalog();
const nothingSet = {
  TEMPORAL_ADDRESS: '',
  TENANTRY_CATALOG_URL: '',
  TENANTRY_SEAL_KEY: '',
  NEON_API_KEY: '',
};

/** A stack of that kind that is up, as far as its folder says: the servers are those of all tests. */
async function stackUp(
  kind: 'stack-emulator' | 'stack-neon',
  servers: Readonly<Record<string, string>> = {},
) {
  const scratch = scratchFolder('tenantry-standing-');
  const keeper = spawn('sleep', ['600'], { stdio: 'ignore' });
  const ended = once(keeper, 'exit');
  onTestFinished(async () => {
    keeper.kill('SIGKILL');
    await ended;
    scratch.remove();
  });
  const environment = {
    TEMPORAL_ADDRESS: inject('ground').temporalAddress,
    TENANTRY_CATALOG_URL: test.url,
    TENANTRY_SEAL_KEY: `local:${Buffer.alloc(32).toString('base64')}`,
    ...(kind === 'stack-emulator' && {
      NEON_API_KEY: 'of the emulator',
      NEON_API_HOST: 'http://127.0.0.1:1/api/v2',
    }),
    ...servers,
  };
  const config = await plainFleet(scratch.path);
  await mkdir(path.join(scratch.path, kind), { recursive: true });
  await writeFile(
    path.join(scratch.path, kind, 'stack.json'),
    JSON.stringify({ pid: keeper.pid, started: await startOf(keeper.pid ?? 0), ready: { environment } }),
  );
  return {
    environment,
    keeper,
    ended,
    note: path.join(scratch.path, kind, 'stack.json'),
    run: (args: readonly string[], set: Readonly<Record<string, string>> = {}) =>
      runTenantry(args, { ...nothingSet, TENANTRY_STATE_DIR: scratch.path, TENANTRY_CONFIG: config, ...set }),
  };
}

it('works on the stack that is up although a key of Neon is set, and says so', async () => {
  const stack = await stackUp('stack-emulator');
  const { exitCode, stdout, stderr } = await stack.run(['list'], { NEON_API_KEY: 'napi_of_a_person' });
  expect(stderr).toMatch(/^On the local stack that is up, which works with the emulator: NEON_API_KEY .*\n$/);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'no tenants yet\n' });
  const told = JSON.parse((await stack.run(['env', '--json'], { NEON_API_KEY: 'napi_of_a_person' })).stdout);
  expect(told).toMatchObject(stack.environment);
});

it('says that the stack that is up works with Neon itself to a command without a key', async () => {
  const stack = await stackUp('stack-neon');
  const { exitCode, stderr } = await stack.run(['list']);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr: expect.stringMatching(/^On the local stack that is up, which works with Neon itself.*\n$/),
  });
});

it('stops the stack that is up whatever key is set', async () => {
  const stack = await stackUp('stack-emulator');
  expect((await stack.run(['down'], { NEON_API_KEY: 'napi_of_a_person' })).stdout).toBe('stopped\n');
  await stack.ended;
});

it.each(['up', 'dev'])(
  'says of a stack with dead parts to `%s` which they are, and what to do',
  async (command) => {
    const stack = await stackUp('stack-emulator', {
      TENANTRY_CATALOG_URL: 'postgresql://me:canary@127.0.0.1:1/catalog',
    });
    const { exitCode, stdout, stderr } = await stack.run([command]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(`^tenantry: the local stack of process ${stack.keeper.pid} is up, but not all of it:\\n`),
    );
    expect(stderr).toMatch(/^ {2}the Postgres of the catalog at 127\.0\.0\.1:1\/catalog is down: .*$/m);
    expect(stderr).toMatch(
      /^ {2}the emulator of Neon's API at http:\/\/127\.0\.0\.1:1\/api\/v2 is down: .*$/m,
    );
    expect(stderr).toMatch(/down, then .* up\. What became of it: .* logs\n$/);
    expect(stderr).not.toMatch(/Temporal|canary/);
  },
);

it('says of a stack that is all there that it is up already', async () => {
  const stack = await stackUp('stack-neon');
  const { exitCode, stderr } = await stack.run(['up'], { NEON_API_KEY: 'napi_of_a_person' });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: 'The stack is up already.\n' });
});

it('has its status told to whom the environment names it, and as another one to whom it names others', async () => {
  const stack = await stackUp('stack-emulator');
  const own = await stack.run(['status', '--json'], stack.environment);
  expect(JSON.parse(own.stdout)).toMatchObject({ stack: { pid: stack.keeper.pid }, otherStack: null });
  const elsewhere = {
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    TENANTRY_CATALOG_URL: 'postgresql://me:canary@127.0.0.1:1/catalog',
  };
  const other = await stack.run(['status', '--json'], elsewhere);
  expect(JSON.parse(other.stdout)).toMatchObject({
    stack: null,
    otherStack: { pid: stack.keeper.pid },
    waits: null,
  });
  expect((await stack.run(['status'], elsewhere)).stdout).toContain(
    `a local stack is up too, as process ${stack.keeper.pid}, but TEMPORAL_ADDRESS and`,
  );
});

it('leaves alone a process that was given the pid of a stack that has ended', async () => {
  const { run, note, keeper } = await stackUp('stack-emulator');
  await writeFile(
    note,
    (await readFile(note, 'utf8')).replace(/"started":"[^"]*"/, '"started":"another start"'),
  );
  expect((await run(['down'])).stdout).toBe('no stack is up\n');
  expect(keeper).toMatchObject({ exitCode: null, signalCode: null });
  expect(await isRunning({ pid: keeper.pid ?? 0, started: (await startOf(keeper.pid ?? 0)) ?? '' })).toBe(
    true,
  );
});

it('says in a sentence that the note of a stack is cut off, and signals nobody', async () => {
  const { run, note, keeper } = await stackUp('stack-emulator');
  for (const cut of ['', '{"pid":', '{"pid":-1,"started":"once"}', `{"pid":${keeper.pid}}`]) {
    await writeFile(note, cut);
    const { exitCode, stdout, stderr } = await run(['down']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^tenantry: .*stack\.json, .* Remove it: .*\n$/);
  }
  expect(keeper).toMatchObject({ exitCode: null, signalCode: null });
});

it.each([
  ['TEMPORAL_ADDRESS', '127.0.0.1:1', 'TENANTRY_CATALOG_URL'],
  ['TENANTRY_CATALOG_URL', 'postgresql://me:canary@127.0.0.1:1/catalog', 'TEMPORAL_ADDRESS'],
])('does not pass over %s alone while a stack with its own is up', async (name, value, other) => {
  const stack = await stackUp('stack-emulator');
  const { exitCode, stdout, stderr } = await stack.run(['list'], { [name]: value });
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(new RegExp(`^tenantry: ${name} is set, .* set ${other} too, .*\n$`));
  expect(stderr).not.toContain('canary');
});

it('takes a part of what `env` prints for no contradiction', async () => {
  const stack = await stackUp('stack-emulator');
  const { TEMPORAL_ADDRESS } = stack.environment;
  expect((await stack.run(['list'], { TEMPORAL_ADDRESS })).exitCode).toBe(0);
});
