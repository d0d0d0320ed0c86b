import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { quietRuntime } from '../support/quiet-runtime.js';

const histories = new URL('./histories/', import.meta.url);
const names = readdirSync(histories);
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, histories), 'utf8'));

const started = z.object({
  events: z
    .array(
      z.object({ workflowExecutionStartedEventAttributes: z.object({ workflowId: z.string() }).optional() }),
    )
    .min(1),
});

function workflowIdIn(history: unknown): string | undefined {
  return started.parse(history).events[0]?.workflowExecutionStartedEventAttributes?.workflowId;
}

beforeAll(() => {
  quietRuntime();
});

describe('the workflows of today', () => {
  it.each(names)('go on with the run recorded in %s', async (name) => {
    const codePath = inject('ground').workflowBundle;
    const history = read(name);
    // A run's id is no part of its history, and a workflow may ask for its own.
    await Worker.runReplayHistory({ workflowBundle: { codePath } }, history, workflowIdIn(history));
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
