import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Result } from '../../cli/doctor/check.js';
import { checks } from '../../cli/doctor/checks.js';
import { runChecks } from '../../cli/doctor/run-checks.js';
import { subjectOf } from '../../cli/doctor/subject.js';
import { eventually } from '../support/eventually.js';
import { more } from '../support/long-form.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';
import { startWorkerOf } from './releases.js';

let t: TestTenantry;
const workers: { readonly stop: () => Promise<void> }[] = [];

beforeEach(async () => {
  t = await startTenantry();
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await t.stop();
});

async function startBuild(buildId: string) {
  const worker = await startWorkerOf(t, t.fleet, { buildId });
  workers.push(worker);
  return worker;
}

const deploymentName = () => `tenantry-${t.fleet.name}`;

/** Temporal refuses a build whose workers have not asked for tasks yet. */
async function makeCurrent(buildId: string): Promise<void> {
  await eventually(`build ${buildId} is current`, () =>
    t.temporal.workflowService
      .setWorkerDeploymentCurrentVersion({
        namespace: 'default',
        deploymentName: deploymentName(),
        buildId,
        identity: 'the test',
      })
      .then(
        () => true,
        () => false,
      ),
  );
}

async function doctorOnWorkers(): Promise<Result | undefined> {
  const asked = checks.filter(({ name }) => ['fleet', 'temporal', 'namespace', 'workers'].includes(name));
  for await (const result of runChecks(asked, subjectOf(t.environment, 'the test')))
    if (result.check === 'workers') return result;
  return undefined;
}

type Run = { readonly workflowId: string; readonly runId: string };

/** The builds that have carried the run, in their order. */
async function buildsOf({ workflowId, runId }: Run): Promise<string[]> {
  const { events } = await t.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
  const builds = (events ?? []).flatMap(
    ({ workflowTaskCompletedEventAttributes: task }) => task?.deploymentVersion?.buildId ?? [],
  );
  return builds.filter((build, index) => build !== builds[index - 1]);
}

async function inItsGrace({ workflowId, runId }: Run): Promise<boolean> {
  const { raw } = await t.temporal.workflow.getHandle(workflowId, runId).describe();
  const { events } = await t.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
  return (
    raw.pendingActivities?.length === 0 &&
    (events ?? []).some(({ timerStartedEventAttributes: timer }) => !!timer)
  );
}

describe('builds of the workers that are told apart', () => {
  more('are given no run before one is current, of which doctor tells, with the command for it', async () => {
    // As a process is told of its build.
    const process = await startKillableWorker(t, { TENANTRY_BUILD_ID: 'monday' });
    workers.push({ stop: () => process.stop('SIGKILL') });
    const onboarding = await t.tenantry.start.onboard({ id: 'acme' });
    const told = await doctorOnWorkers();
    expect(told).toMatchObject({
      status: 'problem',
      message: `new runs wait: the workers on the task queue "${t.taskQueue}" are of build "monday" of "${deploymentName()}", and Temporal gives new runs to those of no build`,
      cure: expect.stringMatching(/set-current-version .* --deployment-name tenantry-\w+ --build-id monday$/),
    });
    await makeCurrent('monday');
    await onboarding.result();
    await eventually('doctor is content', async () => (await doctorOnWorkers())?.status === 'ok');
  });

  more(
    'end an operation on the build that it began on, and begin the next one on the current build',
    async () => {
      await startBuild('monday');
      await makeCurrent('monday');
      const hold = await t.emulator.addFault({
        match: { method: 'POST', path: '/projects', times: 1 },
        effect: { kind: 'delay', ms: 1_500 },
      });
      const begunOnMonday = await t.tenantry.start.onboard({ id: 'monday' });
      await hold.struck();
      await startBuild('tuesday');
      await makeCurrent('tuesday');
      const begunOnTuesday = await t.tenantry.start.onboard({ id: 'tuesday' });
      await Promise.all([begunOnMonday.result(), begunOnTuesday.result()]);
      expect(await buildsOf(begunOnMonday)).toEqual(['monday']);
      expect(await buildsOf(begunOnTuesday)).toEqual(['tuesday']);
    },
  );

  it('take an offboarding over whose grace outlives two of them', async () => {
    const monday = await startBuild('monday');
    await makeCurrent('monday');
    await t.tenantry.execute.onboard({ id: 'acme' });
    const offboarding = await t.tenantry.start.offboard('acme', { graceMs: 86_400_000 });
    await eventually('the grace begins', () => inItsGrace(offboarding));

    const tuesday = await startBuild('tuesday');
    await makeCurrent('tuesday');
    await monday.stop();
    await startBuild('wednesday');
    await makeCurrent('wednesday');
    await tuesday.stop();

    await t.tenantry.start.undoOffboarding('acme');
    expect(await offboarding.result()).toMatchObject({ undone: true, state: 'ready' });
    const [first, ...later] = await buildsOf(offboarding);
    expect([first, later.at(-1)]).toEqual(['monday', 'wednesday']);
    await t.tenantry.execute.offboard('acme', { graceMs: 0 });
    expect(await t.emulator.liveProjects()).toEqual([]);
  });
});
