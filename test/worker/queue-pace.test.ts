import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError } from '@temporalio/client';
import proto from '@temporalio/proto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { neonPace } from '../../cli/doctor/neon-pace.js';
import { subjectOf } from '../../cli/doctor/subject.js';
import { companionQueue } from '../../tenancy/naming.js';
import { readSetting } from '../../worker/configuration.js';
import { keepPace, readPace, type TaskQueueService } from '../../worker/queue-pace.js';
import { eventually } from '../support/eventually.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

/*
 * The pace of the calls to Neon is the server's own configuration of their queue: no start or end of a worker changes what a
 * person has set there, and a person can change it while everything runs.
 */

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
  await t.startWorker();
});
afterAll(() => t.stop());

const service = () => t.temporal.workflowService;
const newQueue = () => ({ namespace: 'default', taskQueue: `pace-${randomBytes(5).toString('hex')}` });
const asked = (perSecond: number) => ({ perSecond, setting: 'TENANTRY_NEON_CALLS_PER_SECOND' });
const neonQueue = () => ({ namespace: 'default', taskQueue: companionQueue(t.taskQueue, 'neon') });

/** As `temporal task-queue config set` does. */
async function setByPerson(
  queue: { namespace: string; taskQueue: string },
  perSecond: number,
  reason: string,
) {
  await service().updateTaskQueueConfig({
    ...queue,
    identity: 'temporal-cli:ann@desk',
    taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    updateQueueRateLimit: { rateLimit: { requestsPerSecond: perSecond }, reason },
  });
}

it('is set by the first worker, and again by one with another setting', async () => {
  const queue = newQueue();
  expect(await readPace(service(), queue)).toBeUndefined();
  expect(await keepPace(service(), queue, asked(11.2))).toMatchObject({ kept: 'by server', perSecond: 11.2 });
  await keepPace(service(), queue, asked(8));
  const found = await readPace(service(), queue);
  expect(found).toMatchObject({ byWorker: true, reason: 'TENANTRY_NEON_CALLS_PER_SECOND' });
  expect(found?.perSecond).toBe(8);
});

it('is read back as it was written, and not set again by the next worker', async () => {
  const queue = newQueue();
  let updates = 0;
  const counting: TaskQueueService = {
    describeTaskQueue: (request) => service().describeTaskQueue(request),
    updateTaskQueueConfig(request) {
      updates += 1;
      return service().updateTaskQueueConfig(request);
    },
  } as TaskQueueService;
  for (const perSecond of [11.2, 25 / 60]) {
    updates = 0;
    await keepPace(counting, queue, asked(perSecond));
    expect(await keepPace(counting, queue, asked(perSecond))).toMatchObject({ kept: 'by server' });
    expect((await readPace(service(), queue))?.perSecond).toBeCloseTo(perSecond, 6);
    expect(updates).toBe(1);
  }
  expect((await keepPace(service(), newQueue(), asked(11.2))).kept).toBe('by server');
});

it('is refused as a setting that the server would take for 0, or for no number', async () => {
  const queue = newQueue();
  await keepPace(service(), queue, asked(1e-46));
  expect(await readPace(service(), queue)).toMatchObject({ perSecond: 0 });
  for (const [name, unit] of [
    ['TENANTRY_NEON_CALLS_PER_SECOND', 1],
    ['TENANTRY_CONSUMPTION_CALLS_PER_MINUTE', 60],
  ] as const) {
    const read = (value: number) =>
      readSetting({ ...t.environment, [name]: String(value * unit) }, name)?.value;
    expect([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e-46, 1e39].map(read)).toEqual(
      Array(6).fill(undefined),
    );
    expect([0.5, 11.2, 500].map(read)).toEqual([0.5, 11.2, 500].map((value) => value * unit));
  }
});

it('stays as a person has set it, whatever a worker is set to', async () => {
  const queue = newQueue();
  await keepPace(service(), queue, asked(11.2));
  await setByPerson(queue, 5, 'Neon asked us to');
  const found = { perSecond: 5, setBy: 'temporal-cli:ann@desk', reason: 'Neon asked us to', byWorker: false };
  expect(await keepPace(service(), queue, asked(11.2))).toEqual({ kept: 'by server', ...found });
  expect(await readPace(service(), queue)).toEqual(found);
});

it('is left to the workers by a server that cannot configure queues, and by one that does not let them', async () => {
  const answering = (code: number): TaskQueueService =>
    ({
      describeTaskQueue: async () => ({}),
      updateTaskQueueConfig: () =>
        Promise.reject(Object.assign(new Error('no'), { code, details: 'no', metadata: {} })),
    }) as unknown as TaskQueueService;
  expect(isGrpcServiceError(Object.assign(new Error('no'), { code: 12, details: '', metadata: {} }))).toBe(
    true,
  );
  expect(await keepPace(answering(12), newQueue(), asked(11))).toEqual({
    kept: 'by workers',
    because: 'unsupported',
  });
  expect(await keepPace(answering(7), newQueue(), asked(11))).toEqual({
    kept: 'by workers',
    because: 'refused',
  });
  await expect(keepPace(answering(14), newQueue(), asked(11))).rejects.toThrow('no');
});

it('can be stopped and resumed by a person while everything runs', async () => {
  await setByPerson(neonQueue(), 0, 'maintenance at Neon');
  // The server gives out no more within about a second.
  await sleep(3_000);
  const before = (await t.emulator.calls()).length;
  const handle = await t.tenantry.start.onboard({ id: 'waits' });
  const { workflowId, runId } = handle;
  await eventually('its create is asked for', async () => {
    const { raw } = await t.temporal.workflow.getHandle(workflowId, runId).describe();
    return raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'createProject') ?? false;
  });
  await sleep(1_000);
  expect((await t.emulator.calls()).length).toBe(before);
  const subject = subjectOf(t.environment, 'the environment of the test');
  expect(await neonPace.make(subject)).toMatchObject({
    status: 'problem',
    message: expect.stringMatching(
      /^no call to Neon is made: temporal-cli:ann@desk .* 0 \(maintenance at Neon\)$/,
    ),
    cure: expect.stringContaining('--queue-rps-limit 500'),
  });
  await setByPerson(neonQueue(), 400, 'it is over');
  await handle.result();
  expect(await neonPace.make(subject)).toEqual({
    status: 'ok',
    message: 'Temporal gives out 400 calls to Neon a second, set by temporal-cli:ann@desk (it is over)',
  });
});

it('is more than Neon allows an account, and doctor says how to lower it', async () => {
  const atNeon = { ...t.environment, NEON_API_HOST: 'https://console.neon.tech/api/v2' };
  expect(await neonPace.make(subjectOf(atNeon, 'the environment of the test'))).toMatchObject({
    status: 'problem',
    message: expect.stringContaining('more than the 700 a minute'),
    cure: expect.stringContaining('--queue-rps-limit 11.2'),
  });
});
