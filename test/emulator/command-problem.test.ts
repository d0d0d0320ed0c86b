import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { commandProblem } from '../../emulator/command-problem.js';
import { commandSettings } from '../../emulator/command-settings.js';
import { startNeonEmulator } from '../../emulator/index.js';
import { scratchFolder } from '../support/scratch-folder.js';

function folder(): string {
  const scratch = scratchFolder('neon-emulator-');
  onTestFinished(() => scratch.remove());
  return path.join(scratch.path, 'data');
}

/** What the command says of flags, and its folder with them. */
async function problemOf(flags: readonly string[]): Promise<string | undefined> {
  try {
    const emulator = await startNeonEmulator(commandSettings(flags, {}).options);
    onTestFinished(() => emulator.stop());
    return undefined;
  } catch (error) {
    return commandProblem(error);
  }
}

it.each([
  [['--profile=slow', '--no-compute'], /^--profile: is fast or realistic$/],
  [['--timings={', '--no-compute'], /^--timings: is not JSON$/],
  [['--port=many', '--no-compute'], /^--port: is a number$/],
  [['--run-as=me', '--no-compute'], /^--run-as: is uid:gid$/],
  [['--unknown'], /--unknown/],
  [[], /--postgres-bin/],
  [['--postgres-bin=/nowhere/bin'], /no Postgres in \/nowhere\/bin/],
])('says in a sentence what is wrong with %j, and leaves no folder behind', async (flags, says) => {
  const data = folder();
  expect(await problemOf([`--data-dir=${data}`, ...flags])).toMatch(says);
  expect(existsSync(data)).toBe(false);
});

it('says that it needs a folder', async () => {
  expect(await problemOf(['--no-compute'])).toMatch(/^--data-dir: .*missing/);
});

it('says that another emulator works in its folder', async () => {
  const data = folder();
  expect(await problemOf([`--data-dir=${data}`, '--no-compute'])).toBeUndefined();
  expect(await problemOf([`--data-dir=${data}`, '--no-compute'])).toMatch(/^--data-dir: another emulator/);
});

it('takes a fault of its own for none of the caller', () => {
  expect(commandProblem(new TypeError('x is undefined'))).toBeUndefined();
});
