import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

const workflowsPath = fileURLToPath(new URL('./own-code/workflows.ts', import.meta.url));

let t: TestTenantry;

beforeEach(async () => {
  t = await startTenantry();
});

afterEach(() => t.stop());

describe("a worker with the user's own code", () => {
  it('runs their workflows and activities beside ours', async () => {
    await t.startWorker({ workflowsPath, activities: { welcome: async (id: string) => `welcome, ${id}` } });
    const said = await t.temporal.workflow.execute('signUp', {
      workflowId: `sign-up/${t.fleet.name}/acme`,
      taskQueue: t.taskQueue,
      args: [t.fleet.name, 'acme'],
    });
    const tenant = await t.tenantry.get('acme');
    expect(tenant?.state).toBe('ready');
    expect(said).toBe(`welcome, acme in ${tenant?.projectId}`);
  });

  it('refuses an activity of theirs that would take the place of one of ours', async () => {
    const activities = { verifyAppRole: async () => {} };
    await expect(t.startWorker({ workflowsPath, activities })).rejects.toThrow(
      'yours need others: verifyAppRole',
    );
  });
});
