import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { isRunning, ownIdentity, signalProcess, startFromPs, startOf } from '../../local/process-identity.js';

it('knows this process, and tells it from one that had its pid before', async () => {
  const own = await ownIdentity();
  expect(own.pid).toBe(process.pid);
  expect(await isRunning(own)).toBe(true);
  expect(await isRunning({ ...own, started: 'another start' })).toBe(false);
});

it('signals the process that is meant, and nobody once that one has ended', async () => {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const { pid = 0 } = child;
  const started = (await startOf(pid)) ?? '';
  expect(await signalProcess({ pid, started: 'another start' }, 'SIGKILL')).toBe(false);
  expect(await signalProcess({ pid, started }, 'SIGTERM')).toBe(true);
  expect(await ended).toEqual([null, 'SIGTERM']);
  expect(await signalProcess({ pid, started }, 'SIGTERM')).toBe(false);
  expect(await startOf(pid)).toBeUndefined();
});

it('takes from ps what does not depend on the clock of whoever asks', async () => {
  const [here, there] = [await startFromPs(process.pid), await startFromPs(process.pid)];
  expect(here).toMatch(/^[A-Z]\w\w [A-Z]\w\w +\d+ \d\d:\d\d:\d\d \d{4}$/);
  expect(there).toBe(here);
  const child = spawn('true');
  await once(child, 'exit');
  expect(await startFromPs(child.pid ?? 0)).toBeUndefined();
});
