import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createCluster, giveTo, leash } from '../../postgres/index.js';
import { scratchFolder } from '../support/scratch-folder.js';

/*
 * The folder of the clusters belongs to the user that Postgres runs as. Who has got that far must get no further: not to
 * the files of the user, root perhaps, that the emulator runs as.
 */
const scratch = scratchFolder('planted-');
const victim = join(scratch.path, 'victim');
const folder = join(scratch.path, 'clusters');
const somebody = { uid: 65_533, gid: 65_533 };

beforeAll(() => {
  writeFileSync(victim, 'precious', { mode: 0o600 });
  mkdirSync(folder);
});
afterAll(() => scratch.remove());

/** Plants a link to the victim under a name that is known beforehand. */
function plant(name: string): string {
  const link = join(folder, name);
  symlinkSync(victim, link);
  return link;
}

function expectUntouched(): void {
  expect(readFileSync(victim, 'utf8')).toBe('precious');
  expect(statSync(victim)).toMatchObject({ uid: process.getuid?.(), mode: expect.any(Number) });
  expect(statSync(victim).mode & 0o777).toBe(0o600);
}

describe('a link that waits in the folder of the clusters', () => {
  it('is not what the password of a new cluster is written to', async () => {
    const { postgres } = inject('ground').toolchain;
    const dataDir = join(folder, 'cluster');
    plant('cluster.password');
    if (postgres.runAs !== undefined) chownSync(folder, postgres.runAs.uid, postgres.runAs.gid);
    await createCluster({ postgres, dataDir, superuser: 'cloud_admin', password: 's3cr3t' });
    expectUntouched();
    expect(existsSync(join(dataDir, 'PG_VERSION'))).toBe(true);
    expect(existsSync(`${dataDir}.password`)).toBe(false);
  });

  it('is not what a log is written to', async () => {
    const logFile = plant('cluster.log');
    await expect(leash({ command: 'echo', args: ['overwritten'], logFile })).rejects.toThrow('ELOOP');
    expectUntouched();
  });

  it.runIf(process.getuid?.() === 0)('gives away itself, and not what it leads to', () => {
    const link = plant('project');
    giveTo(somebody, link);
    expectUntouched();
    expect(lstatSync(link).uid).toBe(somebody.uid);
  });
});
