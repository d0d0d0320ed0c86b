import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startTemporalServer } from '../../local/temporal-server.js';
import { startWorkerProcess } from '../../local/worker-process.js';
import { scratchFolder } from '../support/scratch-folder.js';

async function logOfYesterday() {
  const scratch = scratchFolder('tenantry-log-');
  onTestFinished(() => scratch.remove());
  const file = path.join(scratch.path, 'part.log');
  await writeFile(file, 'a complaint of yesterday\n');
  return { file, folder: scratch.path };
}

const messageOf = (starting: Promise<unknown>): Promise<string> =>
  starting.then(
    () => expect.fail('it started'),
    (error: Error) => error.message,
  );

it('tells of a worker that did not start what it said itself, from its first line, and nothing of an earlier one', async () => {
  const { file } = await logOfYesterday();
  const stack = "console.error('the reason', '\\n    at somewhere'.repeat(20)); process.exit(1)";
  const message = await messageOf(startWorkerProcess({}, file, process.env, ['-e', stack]));
  expect(message).toContain('the reason');
  expect(message).not.toContain('yesterday');
});

it('tells of a Temporal that did not start nothing of an earlier one', async () => {
  const { file, folder } = await logOfYesterday();
  const message = await messageOf(
    startTemporalServer({
      binary: '/nowhere/temporal',
      stateDir: folder,
      headless: true,
      searchAttributes: {},
      logFile: file,
    }),
  );
  expect(message).toContain('/nowhere/temporal');
  expect(message).not.toContain('yesterday');
});
