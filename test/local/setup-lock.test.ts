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

describe('the lock of set-up', { timeout: 30_000 }, () => {
  it('lets one set-up in at a time and leaves nothing behind', async () => {
    const folder = await scratch();
    await Promise.all([visit(folder), visit(folder), visit(folder)]);
    expect(await diary(folder)).toBe('in out in out in out ');
    expect(await readdir(folder)).toEqual(['diary']);
  });

  it('is taken over from a set-up that was killed', async () => {
    const folder = await scratch();
    const { pid: dead } = await exited();
    await mkdir(join(folder, 'lock'));
    await writeFile(join(folder, 'lock/pid'), String(dead));
    await Promise.all([visit(folder), visit(folder)]);
    expect(await diary(folder)).toBe('in out in out ');
    expect(await readdir(folder)).toEqual(['diary']);
  });
});

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
