import { chmodSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.js';
import { type TestEmulator, testEmulator } from '../with-emulator.js';
import { run } from './programs.js';
import { type Witness, witness } from './witness.js';

/** Installing a package takes a network and some fifteen seconds, so it is done only when asked for. */
const wanted = process.env.NEON_EMULATOR_PYTHON === '1';
const client = 'neon-api==0.3.0';

let emulator: TestEmulator;
let between: Witness;
let packages: ScratchFolder;
beforeAll(async () => {
  if (!wanted) return;
  packages = scratchFolder('neon-emulator-');
  chmodSync(packages.path, 0o700);
  emulator = await testEmulator();
  between = await witness(emulator.url, 'neon-api (Python)');
});
afterAll(async () => {
  if (!wanted) return;
  between.close();
  packages.remove();
  await emulator.stop();
});

describe('neon-api from PyPI', { timeout: 180_000 }, () => {
  it('creates a project, a branch, a role and a database, and reads them back', async (context) => {
    if (!wanted) return context.skip('set NEON_EMULATOR_PYTHON=1 to install and drive it');
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', packages.path];
    const installed = await run('python3', [...pip, client], process.env, '/', 150_000);
    if (installed.code !== 0) return context.skip(`${client} cannot be installed: ${installed.stderr}`);

    const story = await run(
      'python3',
      [resolve('test/emulator/clients/story.py'), between.url, emulator.apiKey],
      {
        PATH: process.env.PATH,
        PYTHONPATH: packages.path,
        PYTHONDONTWRITEBYTECODE: '1',
      },
    );
    expect(story.stderr).toBe('');
    expect(JSON.parse(story.stdout)).toEqual({
      name: 'by-python',
      found: 1,
      branches: ['child', 'main'],
      roles: ['neondb_owner', 'writer'],
      databases: ['neondb', 'second'],
      finished: true,
      missing: 'project not found',
    });
    expect(between.objections).toEqual([]);
  });
});
