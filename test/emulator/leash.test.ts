import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { leash } from '../../postgres/index.js';
import { eventually } from './with-emulator.js';

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const isGone = (pid: number) =>
  eventually(
    async () => isAlive(pid),
    (alive) => !alive,
  );

/** A process that runs a program, says one line, and then waits to be killed. */
async function parentThat(program: string): Promise<{ process: ChildProcess; said: string }> {
  const parent = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', `${program}; setInterval(() => {}, 1000);`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = await once(createInterface({ input: parent.stdout }), 'line');
  return { process: parent, said: String(line) };
}

/** A parent that leashes a shell command and says the child's pid. */
async function parentOf(
  command: string,
  scratch: string,
): Promise<{ parent: ChildProcess; childPid: number }> {
  const { process: parent, said } = await parentThat(`
    import { leash } from ${JSON.stringify(resolve('postgres/leash.ts'))};
    const child = await leash({
      command: 'sh', args: ['-c', ${JSON.stringify(command)}],
      graceSeconds: 1, scratch: [${JSON.stringify(scratch)}],
    });
    console.log(child.pid);
  `);
  return { parent, childPid: Number(said) };
}

describe('a folder to be removed', () => {
  it('is gone when the process that made it is killed with SIGKILL', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'removal-'));
    const parent = await parentThat(`
      import { removeWhenGone } from ${JSON.stringify(resolve('postgres/removal.ts'))};
      removeWhenGone(${JSON.stringify(folder)});
      console.log('ready');
    `);
    expect(existsSync(folder)).toBe(true);
    parent.process.kill('SIGKILL');
    await eventually(
      async () => existsSync(folder),
      (exists) => !exists,
    );
  });
});

describe('a leashed child', () => {
  it('ends, and its scratch folder with it, when the parent is killed with SIGKILL', async () => {
    const scratch = mkdtempSync(join(tmpdir(), "leash it's "));
    const { parent, childPid } = await parentOf('exec sleep 600', scratch);
    expect(isAlive(childPid)).toBe(true);
    parent.kill('SIGKILL');
    await isGone(childPid);
    await eventually(
      async () => existsSync(scratch),
      (exists) => !exists,
    );
  });

  it('is killed after the grace when it does not listen', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'leash-'));
    const { parent, childPid } = await parentOf('trap "" TERM; while :; do sleep 0.05; done', scratch);
    parent.kill('SIGKILL');
    await isGone(childPid);
    await eventually(
      async () => existsSync(scratch),
      (exists) => !exists,
    );
  });

  it('hands on its exit code and takes its scratch folder along', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'leash-'));
    const child = await leash({ command: 'sh', args: ['-c', 'exit 7'], scratch: [scratch] });
    expect(await child.exited).toEqual({ code: 7, signal: null });
    expect(existsSync(scratch)).toBe(false);
  });

  it('says which signal ended it', async () => {
    const child = await leash({ command: 'sleep', args: ['600'] });
    expect(await child.stop('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
    expect(isAlive(child.pid)).toBe(false);
  });

  it('exits with 127 when its command does not exist', async () => {
    const child = await leash({ command: '/nonexistent/command' });
    expect(await child.exited).toEqual({ code: 127, signal: null });
  });

  it('gives its output to a stream', async () => {
    const child = await leash({ command: 'sh', args: ['-c', 'echo hello'] });
    let text = '';
    for await (const chunk of child.stdout ?? []) text += String(chunk);
    expect(text).toBe('hello\n');
  });
});
