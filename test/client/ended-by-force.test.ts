import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { OperationTerminatedError } from '../../client/index.js';
import { compiledModule } from '../support/compiled-module.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
  await t.startWorker();
});

afterAll(() => t.stop());

it('a run that was terminated is told as that, and not as a failure that was undone', async () => {
  const hold = await t.emulator.addFault({
    // As long as the command takes to start.
    match: { method: 'POST', path: '/projects', for_ms: 180_000 },
    effect: { kind: 'hold-before-apply' },
  });
  const handle = await t.tenantry.start.onboard({ id: 'acme' });
  await hold.struck();
  const command = spawn(process.execPath, [compiledModule('cli/main'), 'wait', 'acme'], {
    env: { ...process.env, ...t.environment, TEMPORAL_UI_URL: 'http://ui' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void command.kill('SIGKILL'));
  const exit = once(command, 'exit');
  const said = text(command.stderr);
  // Where to look is said once it waits.
  await once(command.stderr, 'data');
  const ended = handle.result().catch((error: unknown) => error);
  await t.temporal.workflow.getHandle(handle.workflowId, handle.runId).terminate('by mistake');
  const error = await ended;
  expect(error).toBeInstanceOf(OperationTerminatedError);
  expect(error).toMatchObject({
    code: 'OPERATION_TERMINATED',
    tenantId: 'acme',
    runId: handle.runId,
    message: expect.stringMatching(
      /was ended by force \(by mistake\), and nothing of it is undone: the sweep/,
    ),
  });
  expect((await exit)[0]).toBe(1);
  expect(await said).toMatch(
    /^tenantry: the onboarding .* ended by force .*\n {2}where it stands: .* show acme\n$/m,
  );
  await hold.lift();
});
