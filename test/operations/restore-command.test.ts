import { afterEach, beforeEach, expect, it } from 'vitest';
import { runTenantry } from '../support/command-line.js';
import { longForm } from '../support/long-form.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

beforeEach(async () => {
  t = await startTenantry();
});

afterEach(() => t.stop());

const jsonOf = async (args: readonly string[]) => {
  const { stdout, stderr, exitCode } = await runTenantry([...args, '--json'], t.environment);
  expect({ args, stderr, exitCode }).toMatchObject({ args, exitCode: 0 });
  return JSON.parse(stdout);
};

it.runIf(longForm)(
  'takes, lists and restores snapshots, and makes, opens and removes a copy, from a terminal',
  async () => {
    await t.startWorker();
    await t.tenantry.execute.onboard({ id: 'acme' });

    const taken = await jsonOf(['snapshot', 'create', 'acme', '--name', 'first', '--ttl', '30d', '--wait']);
    expect(taken).toMatchObject({ id: 'acme', state: 'ready', operation: 'snapshot', snapshot: 'first' });
    expect(Date.parse(taken.expiresAt) - Date.now()).toBeGreaterThan(29 * 86_400_000);
    const restored = await jsonOf(['restore', 'acme', '--snapshot', 'first', '--wait']);
    expect(restored).toMatchObject({ operation: 'restore', restoredTo: { snapshot: 'first' } });
    expect(await jsonOf(['snapshot', 'list', 'acme'])).toMatchObject([
      { kind: 'snapshot', name: 'first', expiresAt: taken.expiresAt },
      { kind: 'state', name: restored.keptState, expiresAt: null },
    ]);
    const unclear = await runTenantry(['restore', 'acme'], t.environment);
    expect(unclear).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('one of --snapshot') });

    const copy = await jsonOf(['branch', 'create', 'acme', 'preview', '--ttl', '4h', '--wait']);
    expect(await jsonOf(['branch', 'list', 'acme'])).toMatchObject([
      { name: 'preview', host: copy.host, role: copy.role, expiresAt: copy.expiresAt },
    ]);
    const { stdout } = await runTenantry(['branch', 'connect', 'acme', 'preview', '--print'], t.environment);
    expect(new URL(stdout.trim())).toMatchObject({ host: copy.host, username: copy.role });
    expect(await jsonOf(['branch', 'delete', 'acme', 'preview'])).toEqual({
      id: 'acme',
      branch: 'preview',
      removed: true,
    });
    const gone = await runTenantry(['branch', 'connect', 'acme', 'preview', '--print'], t.environment);
    expect(gone).toMatchObject({ exitCode: 3, stdout: '' });

    const removed = await jsonOf(['snapshot', 'delete', 'acme', 'first']);
    expect(removed).toEqual({ id: 'acme', snapshot: 'first', removed: true });
    expect(await jsonOf(['snapshot', 'list', 'acme'])).toMatchObject([{ kind: 'state' }]);
    const again = await runTenantry(['snapshot', 'delete', 'acme', 'first'], t.environment);
    expect(again).toMatchObject({ exitCode: 3, stdout: '' });
  },
  180_000,
);
