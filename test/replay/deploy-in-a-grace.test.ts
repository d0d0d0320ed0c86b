import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { afterEach, beforeEach, expect } from 'vitest';
import { eventually } from '../support/eventually.js';
import { more } from '../support/long-form.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

let t: TestTenantry;

beforeEach(async () => {
  t = await startTenantry();
});

afterEach(() => t.stop());

/** The workflows as they may be tomorrow, as a worker is told of them. */
async function tomorrow(): Promise<TestTenantry> {
  const file = path.join(t.folder, 'tomorrow.js');
  const workflowsPath = fileURLToPath(new URL('./tomorrow.ts', import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  await writeFile(file, code);
  return { ...t, environment: { ...t.environment, TENANTRY_WORKFLOW_BUNDLE: file } };
}

const patchesIn = async (run: { workflowId: string; runId: string }) => {
  const { events } = await t.temporal.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
  return (events ?? []).filter(
    ({ markerRecordedEventAttributes: marker }) => marker?.markerName === 'core_patch',
  ).length;
};

more(
  'goes on with a run that began before a deploy changed its workflow, when its timer is due',
  async () => {
    const today = await startKillableWorker(t);
    for (const id of ['before', 'after']) await t.tenantry.execute.onboard({ id });
    const before = await t.tenantry.start.offboard('before', { graceMs: 4_000 });
    await eventually('the grace begins', async () => {
      const { events } = await t.temporal.workflow.getHandle(before.workflowId, before.runId).fetchHistory();
      return (events ?? []).some(({ timerStartedEventAttributes: timer }) => !!timer);
    });
    await today.stop();

    const changed = await startKillableWorker(await tomorrow());
    expect(await before.result()).toMatchObject({ state: 'offboarded', undone: false });
    expect(await patchesIn(before)).toBe(0);

    // What begins from now on takes the new step.
    const after = await t.tenantry.start.offboard('after', { graceMs: 0 });
    expect(await after.result()).toMatchObject({ state: 'offboarded' });
    expect(await patchesIn(after)).toBe(1);
    expect(await t.emulator.liveProjects()).toEqual([]);
    await changed.stop();
  },
);
