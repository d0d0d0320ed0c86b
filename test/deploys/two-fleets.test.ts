import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { freePlan, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { clientOf, releaseOf, startWorkerOf } from './releases.js';

let t: TestTenantry;
const workers: { readonly stop: () => Promise<void> }[] = [];

beforeEach(async () => {
  t = await startTenantry();
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await t.stop();
});

/** Another product of the same people: its plan has the same name, and another region. */
const other = () =>
  releaseOf(t, {
    name: `${t.fleet.name}-other`,
    plans: { free: { ...freePlan, region: 'aws-eu-central-1' } },
  });

it("refuses another fleet's run by name, before anything is changed anywhere", async () => {
  workers.push(await startWorkerOf(t, t.fleet));
  const fleet = other();
  const before = await t.emulator.calls();
  const client = clientOf(t, fleet);
  const asked = {
    acme: await client.start.onboard({ id: 'acme' }),
    adopted: await client.start.adopt('adopted', { projectId: 'quiet-field-12345678' }),
  };
  for (const [id, handle] of Object.entries(asked)) {
    const message = `tenant "${id}" is of fleet "${fleet.name}", and a worker of fleet "${t.fleet.name}" takes from its task queue "${t.taskQueue}"`;
    await expect(handle.result()).rejects.toMatchObject({
      reason: { type: 'ForeignFleet', message: expect.stringContaining(message) },
    });
  }
  expect(await t.emulator.calls()).toEqual(before);
  expect(await client.list()).toEqual({ tenants: [] });
});

it('lets no worker of another fleet do a step of a run that began with its own', async () => {
  const fleet = other();
  const own = await startWorkerOf(t, fleet);
  const hold = await t.emulator.addFault({
    match: { method: 'POST', path: '/projects' },
    effect: { kind: 'delay', ms: 500 },
  });
  const handle = await clientOf(t, fleet).start.onboard({ id: 'acme' });
  await hold.struck();
  const foreign = await startWorkerOf(t, t.fleet);
  await own.stop();
  await eventually('a step was refused', async () => {
    const { raw } = await t.temporal.workflow.getHandle(handle.workflowId, handle.runId).describe();
    return (raw.pendingActivities ?? []).some(({ lastFailure }) =>
      /is of fleet/.test(lastFailure?.message ?? ''),
    );
  });
  await foreign.stop();
  workers.push(await startWorkerOf(t, fleet));
  const { projectId } = await handle.result();
  expect((await t.emulator.liveProjects()).map(({ id }) => id)).toEqual([projectId]);
});
