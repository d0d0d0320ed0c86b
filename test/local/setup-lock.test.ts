import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { scratch } from './fake-tools.js';

const run = promisify(execFile);
const lockModule = join(import.meta.dirname, '../../setup/lock.mjs');

/** A process that takes the lock and writes down when it is inside. */
const visitor = `
  import { appendFileSync } from 'node:fs';
  import { setTimeout } from 'node:timers/promises';
  import { withLock } from ${JSON.stringify(lockModule)};
  const [lock, diary] = process.argv.slice(1);
  await withLock(lock, async () => {
    appendFileSync(diary, 'in ');
    await setTimeout(50);
    appendFileSync(diary, 'out ');
  });
`;

describe('the lock of set-up', () => {
  it('lets one set-up in at a time and leaves nothing behind', async () => {
    const folder = await scratch();
    await Promise.all([visit(folder), visit(folder), visit(folder)]);
    expect(await diary(folder)).toBe('in out in out in out ');
    expect(await readdir(folder)).toEqual(['diary']);
  });

  it('is taken over from a set-up that was killed', async () => {
    const folder = await scratch();
    const { pid: dead } = await exited();
    await lockedBy(folder, { pid: dead, started: 'once' });
    await Promise.all([visit(folder), visit(folder)]);
    expect(await diary(folder)).toBe('in out in out ');
    expect(await readdir(folder)).toEqual(['diary']);
  });

  it('is taken over from a set-up whose pid has been given to another process since', async () => {
    const folder = await scratch();
    await lockedBy(folder, { pid: process.pid, started: 'before this process' });
    await visit(folder);
    expect(await readdir(folder)).toEqual(['diary']);
  });

  it('is taken over from one of an earlier release, which names a bare pid', async () => {
    const folder = await scratch();
    await mkdir(join(folder, 'lock'));
    await writeFile(join(folder, 'lock/pid'), String(process.pid));
    await visit(folder);
    expect(await readdir(folder)).toEqual(['diary']);
  });

  it('clears what others left that were killed while they waited', async () => {
    const folder = await scratch();
    await mkdir(join(folder, 'lock.claim-abc'));
    await writeFile(join(folder, 'lock.claim-abc/owner'), JSON.stringify({ pid: 1, started: 'once' }));
    await visit(folder);
    expect(await readdir(folder)).toEqual(['diary']);
  });
});

async function lockedBy(folder: string, owner: object): Promise<void> {
  await mkdir(join(folder, 'lock'));
  await writeFile(join(folder, 'lock/owner'), JSON.stringify(owner));
}

async function visit(folder: string): Promise<void> {
  await run(process.execPath, [
    '--input-type=module',
    ...['--eval', visitor, join(folder, 'lock'), join(folder, 'diary')],
  ]);
}

const diary = (folder: string) => readFile(join(folder, 'diary'), 'utf8');

/** The pid of a process that is no more. */
async function exited(): Promise<{ pid: number | undefined }> {
  const child = run('true');
  await child;
  return { pid: child.child.pid };
}
