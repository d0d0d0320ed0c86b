import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { followProgress } from '../../client/follow-progress.js';
import { type OperationHandle, type StepProgress, TenantryClient } from '../../client/index.js';
import { ProgressFeed } from '../../client/progress-feed.js';
import { eventually } from '../support/eventually.js';
import { firstOf } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];

type Told = Pick<StepProgress, 'name' | 'status' | 'wait'>;

async function toldOf(handle: OperationHandle<unknown>): Promise<Told[]> {
  const told: Told[] = [];
  for await (const step of handle.progress()) told.push(step);
  return told;
}

function never(): never {
  throw new Error('there is no progress of it');
}

const waits = (told: readonly Told[]) => told.flatMap(({ wait }) => wait ?? []);

describe('whoever follows an operation is told why it waits', () => {
  let t: TestTenantry;

  beforeAll(async () => {
    t = await startTenantry({
      fleet: {
        timings: { ...quickTimings, retry: 100, neonLocked: 200 },
        hooks: { resumed: () => hook() },
      },
    });
    await t.startWorker();
  });
  let hook = async () => {};
  afterEach(async () => {
    hook = async () => {};
    await t.emulator.liftFaults();
  });
  afterAll(() => t.stop());

  it.each(
    firstOf([
      {
        what: 'Neon answers 503',
        times: 6,
        effect: { kind: 'status', status: 503 },
        type: 'NeonUnavailable',
        says: /503/,
      },
      {
        what: 'Neon answers 429',
        times: 6,
        effect: { kind: 'rate-limit' },
        type: 'NeonRateLimited',
        says: /429/,
      },
      {
        what: 'Neon holds the project',
        times: 14,
        effect: { kind: 'locked' },
        type: 'NeonLocked',
        says: /423/,
      },
    ]),
  )('while $what', async ({ times, effect, type, says }) => {
    const id = `waits-${type}`.toLowerCase();
    await t.emulator.addFault({ match: { method: 'POST', path: '/projects', times }, effect });
    const told = await toldOf(await t.tenantry.start.onboard({ id }));
    const [first, ...more] = waits(told).filter((wait) => wait.type === type);
    expect(first).toMatchObject({ reason: expect.stringMatching(says), attempts: expect.any(Number) });
    expect(Date.parse(first?.nextAttemptAt ?? '')).toBeGreaterThan(Date.parse(first?.since ?? ''));
    for (const wait of more) expect(wait.attempts).toBeGreaterThan(first?.attempts ?? 0);
    expect(told.filter(({ wait }) => wait !== undefined)).toSatisfy((steps: Told[]) =>
      steps.every(({ name, status }) => name === 'create project' && status === 'running'),
    );
    expect(told.filter(({ status }) => status === 'done').map(({ name }) => name)).toEqual([
      'create project',
      'prepare database',
      'publish',
    ]);
  });

  it('and once nothing is waited for, the wait is over', async () => {
    const [row] = await t.catalog.progress.of(t.fleet.name, ['waits-neonunavailable']);
    expect(row).toMatchObject({ state: 'ready', wait: undefined });
  });

  it('while an undo waits, which is a step too', async () => {
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'fail-operation', status: 'error' },
    });
    await t.emulator.addFault({
      match: { method: 'DELETE', path: '/projects/*', times: 6 },
      effect: { kind: 'status', status: 503 },
    });
    const told = await toldOf(await t.tenantry.start.onboard({ id: 'undone' }));
    expect(told.filter(({ wait }) => wait?.type === 'NeonUnavailable')).not.toEqual([]);
    for (const { name } of told.filter(({ wait }) => wait?.type === 'NeonUnavailable'))
      expect(name).toBe('delete the project');
    expect(told.map(({ name, status }) => `${name} ${status}`)).toEqual(
      expect.arrayContaining(['create project failed', 'delete the project done']),
    );
  });

  it('also of a hook that comes after, until an attempt is at work that lives on', async () => {
    await t.tenantry.execute.onboard({ id: 'hooked' });
    await t.tenantry.execute.suspend('hooked');
    let fails = true;
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    hook = async () => {
      if (fails) throw new Error('mail is away');
      await finished;
    };
    const handle = await t.tenantry.start.resume('hooked');
    await eventually('it waits', async () => {
      const [row] = await t.catalog.progress.of(t.fleet.name, ['hooked']);
      return row?.state === 'ready' && row.wait !== undefined;
    });
    expect(await t.tenantry.operationStatus('hooked')).toMatchObject({
      operation: 'resume',
      wait: { type: 'HookFailed' },
    });
    const long = `update tenantry.progress set wait = jsonb_set(wait, '{since}', '"2026-01-01T00:00:00Z"') where tenant_id = 'hooked'`;
    // Another attempt may come between.
    await eventually('it needs somebody', async () => {
      await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) => client.query(long));
      const found = (await t.tenantry.attention()).find(({ tenantId }) => tenantId === 'hooked');
      return found?.kind === 'waiting' && found.command === 'give-up hooked';
    });

    fails = false;
    await eventually('the wait is over', async () => {
      const status = await t.tenantry.operationStatus('hooked');
      return status?.operation === 'resume' && status.wait === undefined;
    });
    finish();
    await handle.result();
    expect(await t.tenantry.operationStatus('hooked')).toBeUndefined();
  });

  it('and no more of a run that Temporal has forgotten', async () => {
    const { fleet, catalog, taskQueue, temporal } = t;
    await t.tenantry.execute.onboard({ id: 'forgotten' });
    const [{ tenantId, runId } = never()] = await catalog.progress.of(fleet.name, ['forgotten']);
    const workflow = temporal.workflow.getHandle('tenant/forgotten-by-temporal', runId);
    const feed = new ProgressFeed(catalog, fleet.name, taskQueue);
    const told: Told[] = [];
    for await (const step of followProgress({ workflow, tenantId, runId, feed })) told.push(step);
    expect(told.length).toBeGreaterThan(0);
  });

  it('until when, where a step waits for a moment', async () => {
    await t.tenantry.execute.onboard({ id: 'leaving' });
    const offboarding = await t.tenantry.start.offboard('leaving', { graceMs: 60_000 });
    for await (const { until } of offboarding.progress())
      if (until !== undefined) {
        expect(Date.parse(until) - Date.now()).toBeGreaterThan(30_000);
        break;
      }
    await t.tenantry.execute.undoOffboarding('leaving');
  });

  it('and asks Temporal nothing while it waits', async () => {
    const hold = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'hold-before-apply' },
    });
    const handle = await t.tenantry.start.onboard({ id: 'watched' });
    await hold.struck();
    const calls: string[] = [];
    const counting: Interceptor = (options, nextCall) => {
      calls.push(options.method_definition.path);
      return nextCall(options) as ReturnType<Interceptor>;
    };
    const { temporalAddress: address } = inject('ground');
    const connection = await Connection.connect({ address, interceptors: [counting] });
    const { fleet, catalog, taskQueue } = t;
    const client = new TenantryClient({ fleet, catalog, taskQueue, temporal: new Client({ connection }) });
    try {
      const watched = await client.lastOperation('watched');
      if (watched === undefined) throw new Error('the operation is not there');
      calls.splice(0);
      const following = Array.from({ length: 50 }, () => toldOf(watched));
      // Of their own they look every second.
      const until = Date.now() + 3_000;
      await eventually('they have looked more than once', async () => Date.now() > until);
      await hold.lift();
      for (const told of await Promise.all(following))
        expect(told.at(-1)).toMatchObject({ name: 'publish', status: 'done' });
      // One call each, which waits for the end; and, for all of them, a look now and then whether Temporal is there.
      const waitForTheEnd = '/temporal.api.workflowservice.v1.WorkflowService/GetWorkflowExecutionHistory';
      const isItThere = '/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo';
      const looks = calls.filter((call) => call === isItThere);
      expect(looks.length).toBeLessThan(10);
      expect(new Set(calls)).toEqual(new Set([waitForTheEnd, isItThere]));
      expect(calls.length).toBeLessThan(200);
      await handle.result();
    } finally {
      await client.close();
      await connection.close();
    }
  });
});

describe('whoever waits for a worker', () => {
  it('is told within seconds that there is none, before one has come and after one was killed', async () => {
    const t = await startTenantry();
    try {
      const handle = await t.tenantry.start.onboard({ id: 'acme' });
      const hold = await t.emulator.addFault({
        match: { method: 'POST', path: '/projects' },
        effect: { kind: 'hold-before-apply' },
      });
      const told: (Told & { readonly at: number })[] = [];
      const following = (async () => {
        for await (const step of handle.progress()) told.push({ ...step, at: Date.now() });
      })();
      const absent = () => told.filter(({ wait }) => wait?.type === 'NoWorker');
      const ended = await t.tenantry.start.onboard({ id: 'ended-before-it-began' });
      await t.temporal.workflow.getHandle(ended.workflowId).terminate();
      expect(await toldOf(ended)).toEqual([]);
      await eventually('it is told that no worker has come yet', async () => absent().length === 1);
      expect(absent()[0]?.wait?.reason).toBe(`no worker takes tasks from "${t.taskQueue}", and none has yet`);

      const worker = await startKillableWorker(t);
      await hold.struck();
      await eventually('the step is told of', async () => told.at(-1)?.name === 'create project');
      const killedAt = Date.now();
      await worker.stop('SIGKILL');
      await eventually('it is told that the worker has gone', async () => absent().length === 2);
      expect((absent()[1]?.at ?? 0) - killedAt).toBeLessThan(8_000);
      expect(absent()[1]).toMatchObject({
        name: 'create project',
        wait: { reason: expect.stringContaining('was seen at 20') },
      });
      await hold.lift();
      await startKillableWorker(t).then(async (next) => {
        await following;
        await next.stop();
      });
      expect(told.at(-1)).toMatchObject({ name: 'publish', status: 'done' });
    } finally {
      await t.stop();
    }
  });
});
