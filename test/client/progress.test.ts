import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkoutRoot } from '../../local/state-directory.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
  await t.startWorker();
});

afterAll(() => t.stop());

/** Follows a tenant in a process of its own, to the end or to the first step. */
async function follow(id: string, until: 'the end' | 'the first step') {
  const script = path.join(checkoutRoot, 'test', 'client', 'follow-progress.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, id, until], {
    env: { ...process.env, ...t.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { exitCode, stderr, steps: stdout.trim().split('\n') };
}

describe('progress', () => {
  it('is followed to the end by a process that did not start the run', async () => {
    const hold = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'hold-before-apply' },
    });
    const handle = await t.tenantry.start.onboard({ id: 'followed' });
    const following = follow('followed', 'the end');
    await hold.struck();
    await hold.lift();
    await handle.result();
    const { exitCode, steps } = await following;
    expect(exitCode).toBe(0);
    expect(steps.at(-1)).toBe('publish done');
  });

  it('leaves nothing waiting when whoever follows it stops early and hangs up', async () => {
    const hang = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'hang-operation', action: 'start_compute' },
    });
    const handle = await t.tenantry.start.onboard({ id: 'early' });
    expect(await follow('early', 'the first step')).toMatchObject({ exitCode: 0, stderr: '' });
    await hang.lift();
    await handle.result();
  });
});
