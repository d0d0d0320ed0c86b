import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findFleetFile } from '../../worker/fleet-file.js';
import { findWorkerFile } from '../../worker/worker-file.js';
import { scratchFolder } from '../support/scratch-folder.js';

async function folderWith(...files: readonly string[]): Promise<string> {
  const scratch = scratchFolder('tenantry-fleet-');
  onTestFinished(() => scratch.remove());
  for (const file of files) await writeFile(path.join(scratch.path, file), '');
  return scratch.path;
}

describe("the fleet's file", () => {
  it.each([
    [['tenantry.config.mjs', 'tenantry.config.js', 'tenantry.config.ts'], 'tenantry.config.ts'],
    [['tenantry.config.mjs', 'tenantry.config.js'], 'tenantry.config.js'],
    [['tenantry.config.mjs'], 'tenantry.config.mjs'],
    [[], 'tenantry.config.ts'],
  ])('of a folder with %j is %s', async (files, found) => {
    const folder = await folderWith(...files);
    expect(findFleetFile({}, folder)).toBe(path.join(folder, found));
  });

  it('is the one that TENANTRY_CONFIG names before any that lies there', async () => {
    const folder = await folderWith('tenantry.config.ts');
    expect(findFleetFile({ TENANTRY_CONFIG: 'other.mjs' }, folder)).toBe(path.join(folder, 'other.mjs'));
    expect(findFleetFile({ TENANTRY_CONFIG: '' }, folder)).toBe(path.join(folder, 'tenantry.config.ts'));
  });
});

describe("the file of the user's own worker", () => {
  it.each([
    [['tenantry.worker.mjs', 'tenantry.worker.ts'], 'tenantry.worker.ts'],
    [['tenantry.worker.mjs', 'worker.mjs'], 'tenantry.worker.mjs'],
  ])('beside a fleet, of %j, is %s', async (files, found) => {
    const folder = await folderWith(...files);
    expect(findWorkerFile(path.join(folder, 'fleet.mjs'), {})).toBe(path.join(folder, found));
  });

  it('is none where nothing has its name, for a worker.js may be anybody’s', async () => {
    const folder = await folderWith('worker.js');
    expect(findWorkerFile(path.join(folder, 'fleet.mjs'), {})).toBeUndefined();
  });

  it('is the one that TENANTRY_WORKER names before any that lies there', async () => {
    const folder = await folderWith('tenantry.worker.ts');
    expect(findWorkerFile(path.join(folder, 'fleet.mjs'), { TENANTRY_WORKER: 'bin/jobs.mjs' })).toBe(
      path.resolve('bin/jobs.mjs'),
    );
  });
});
