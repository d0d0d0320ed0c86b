import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

beforeAll(async () => {
  // The pause between two looks whether a deleted project is gone.
  t = await startTenantry({ fleet: { timings: { ...quickTimings, retry: 30_000 } } });
  await t.startWorker();
});
afterAll(() => t.stop());

/** What the run's page in Temporal's UI shows under User Metadata. */
async function detailsOf({ workflowId, runId }: { workflowId: string; runId: string }): Promise<string> {
  const run = t.temporal.workflow.getHandle(workflowId, runId);
  const { currentDetails = '' } = await run.query<{ currentDetails?: string }>(
    '__temporal_workflow_metadata',
  );
  return currentDetails;
}

it('name the activity in hand, and what the run waits for by itself with its reason and until when', async () => {
  const held = await t.emulator.addFault({
    match: { method: 'POST', path: '/projects', times: 1 },
    effect: { kind: 'hold-after-apply' },
  });
  const handle = await t.tenantry.start.onboard({ id: 'acme' });
  await held.struck();
  expect(await detailsOf(handle)).toMatch(
    /\| ▶ \| create project .*\n\n\*\*In hand\*\* since [\d:]{8} UTC: `createProject`\. If it is tried again, Pending Activities/s,
  );
  await handle.cancel();
  await held.lift();
  let details = '';
  await eventually('the run looks again whether the project is gone', async () => {
    details = await detailsOf(handle);
    return details.includes('It waits');
  });
  const [, until = ''] =
    /\n\*\*It waits:\*\* it looks again whether Neon has none of the deleted projects left \(looked once\), until (\S+)$/.exec(
      details,
    ) ?? [];
  expect(Date.parse(until)).toBeGreaterThan(Date.now());
  expect(details).not.toContain('In hand');
  await t.temporal.workflow.getHandle(handle.workflowId, handle.runId).terminate();
});
