import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConnectedTenantry,
  connectTenantry,
  type OperationHandle,
  type StepProgress,
  TemporalUnreachableError,
} from '../../client/index.js';
import { type BreakableWay, breakableWay } from '../support/breakable-way.js';
import { runTenantry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;
/** To Temporal, for the application and the command. The worker has its own. */
let way: BreakableWay;
let environment: Readonly<Record<string, string>>;
let application: ConnectedTenantry;
/** On a run that was started before Temporal went away. */
let earlier: ConnectedTenantry;
let handle: OperationHandle<unknown>;
/** Begun before, and at its first step until Temporal is back. */
let underWay: OperationHandle<unknown>;
const told: StepProgress[] = [];
let following: Promise<void>;
const follow = async () => {
  for await (const step of underWay.progress()) told.push(step);
};

beforeAll(async () => {
  t = await startTenantry();
  await t.startWorker();
  await t.tenantry.execute.onboard({ id: 'acme' });
  const [host = '', port] = (t.environment.TEMPORAL_ADDRESS ?? '').split(':');
  way = await breakableWay({ host, port: Number(port) });
  environment = { ...t.environment, TEMPORAL_ADDRESS: `127.0.0.1:${way.port}` };
  earlier = await connectTenantry(t.fleet, environment);
  handle = await earlier.tenantry.start.onboard({ id: 'acme' });
  await t.emulator.addFault({
    match: { method: 'POST', path: '/projects', times: 1_000 },
    effect: { kind: 'status', status: 503, body: { code: '', message: 'try later' } },
  });
  underWay = await earlier.tenantry.start.onboard({ id: 'under-way' });
  await eventually('the catalog knows it', async () => (await t.tenantry.list()).tenants.length === 2);
  await way.cut();
  application = await connectTenantry(t.fleet, environment);
});

afterAll(async () => {
  await Promise.all([application.close(), earlier.close()]);
  await way.close();
  await t.stop();
});

const rejection = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe.concurrent('while Temporal is away', () => {
  it('an application starts, serves requests, and reads the catalog', async () => {
    const { tenantry } = application;
    const pool = await tenantry.pool('acme');
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    expect(await tenantry.get('acme')).toMatchObject({ state: 'ready' });
    expect((await tenantry.list()).tenants.map(({ id }) => id)).toEqual(['acme', 'under-way']);
    expect(await tenantry.history('acme')).not.toEqual([]);
  });

  it('operations and schedules fail with an error that says so', async () => {
    const { tenantry, schedules } = application;
    const errors = await Promise.all(
      [
        tenantry.start.onboard({ id: 'newcomer' }),
        tenantry.execute.suspend('acme'),
        tenantry.lastOperation('acme'),
        tenantry.giveUp('acme'),
        tenantry.start.undoOffboarding('acme'),
        handle.cancel(),
        schedules.list(),
        schedules.apply(),
      ].map(rejection),
    );
    for (const error of errors) {
      expect(error).toBeInstanceOf(TemporalUnreachableError);
      expect(error).toMatchObject({
        code: 'TEMPORAL_UNREACHABLE',
        message: `Temporal at 127.0.0.1:${way.port} does not answer`,
      });
    }
    expect(errors.map((error) => (error as TemporalUnreachableError).tenantId)).toEqual([
      'newcomer',
      ...Array(5).fill('acme'),
      undefined,
      undefined,
    ]);
  });

  it.each([
    ['list'],
    ['show', 'acme'],
    ['history', 'acme'],
    ['snapshot', 'list', 'acme'],
    ['branch', 'list', 'acme'],
    ['export', 'acme'],
    ['connect', 'acme', '--print'],
  ])('a command that reads the catalog works: %s', async (...command) => {
    const { exitCode, stdout, stderr } = await runTenantry(command, environment);
    expect(exitCode).toBe(0);
    // Only Temporal knows of an operation that was accepted and that nobody has begun.
    const notKnown = /^Temporal at \S+ does not answer, so it is not known whether an operation was accepted/;
    expect(stderr).toMatch(command[0] === 'show' ? notKnown : /^$/);
    expect(stdout).not.toBe('');
  });

  it('whoever follows an operation is told of it within seconds', async () => {
    const cutAt = Date.now();
    following = follow();
    await eventually('it is told', async () => told.at(-1)?.wait?.type === 'NoTemporal');
    expect(Date.now() - cutAt).toBeLessThan(8_000);
    expect(told.at(-1)).toMatchObject({
      name: 'create project',
      status: 'running',
      wait: { reason: `Temporal at 127.0.0.1:${way.port} does not answer`, type: 'NoTemporal' },
    });
  });

  it('a command that needs it says so on one line, and exits with 5', async () => {
    const commands = [
      ['onboard', 'other'],
      ['suspend', 'acme', '--wait'],
      ['schedule', 'list'],
    ];
    const ended = await Promise.all(commands.map((command) => runTenantry(command, environment)));
    for (const end of ended)
      expect(end).toEqual({
        exitCode: 5,
        stdout: '',
        stderr: `tenantry: Temporal at 127.0.0.1:${way.port} does not answer\n`,
      });
  });
});

describe('once Temporal is back', () => {
  it('whoever followed an operation meanwhile is told how it ends', async () => {
    await way.restore();
    await eventually('it no longer waits for Temporal', async () => told.at(-1)?.wait?.type !== 'NoTemporal');
    await t.emulator.liftFaults();
    await following;
    expect(told.at(-1)).toMatchObject({ name: 'publish', status: 'done' });
  });

  it('operations work without a restart', async () => {
    expect(await application.tenantry.execute.suspend('acme')).toMatchObject({ state: 'suspended' });
    expect(await handle.result()).toMatchObject({ id: 'acme', state: 'ready' });
    expect(await application.schedules.list()).toEqual([]);
  });
});

// gRPC by itself waits longer after each try that failed: after a minute, half a minute.
it.runIf(process.env.TENANTRY_LONG_TESTS)(
  'operations work soon after a minute without Temporal',
  { timeout: 120_000 },
  async () => {
    await way.cut();
    for (const end = Date.now() + 60_000; Date.now() < end; )
      expect(await rejection(application.tenantry.lastOperation('acme'))).toMatchObject({
        code: 'TEMPORAL_UNREACHABLE',
      });
    expect(await application.tenantry.lastOperation('acme')).toMatchObject({ operation: 'suspend' });
  },
);

it('a namespace that Temporal has not is told by its name', async () => {
  const elsewhere = await connectTenantry(t.fleet, { ...t.environment, TEMPORAL_NAMESPACE: 'nowhere' });
  const error = await rejection(elsewhere.tenantry.start.onboard({ id: 'lost' }));
  await elsewhere.close();
  expect(error).toMatchObject({
    code: 'TEMPORAL_UNREACHABLE',
    message: `Temporal at ${t.environment.TEMPORAL_ADDRESS} has no namespace "nowhere"`,
  });
});
