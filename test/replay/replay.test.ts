import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, inject, it } from 'vitest';

const histories = new URL('./histories/', import.meta.url);
const names = readdirSync(histories);
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, histories), 'utf8'));

beforeAll(() => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
});

describe('the workflows of today', () => {
  it.each(names)('go on with the run recorded in %s', async (name) => {
    const codePath = inject('ground').workflowBundle;
    await Worker.runReplayHistory({ workflowBundle: { codePath } }, read(name));
  });
});

describe('a workflow that was changed incompatibly', () => {
  it('is told apart by the same recording', async () => {
    const workflowsPath = fileURLToPath(new URL('./incompatible-onboard-tenant.ts', import.meta.url));
    const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    const replay = Worker.runReplayHistory({ workflowBundle }, read('onboard-tenant.ready.json'));
    await expect(replay).rejects.toThrow(DeterminismViolationError);
  });
});
