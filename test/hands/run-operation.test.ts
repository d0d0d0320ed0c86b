import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { RunOperationInput } from '../../client/index.js';
import { defineFleet } from '../../tenancy/fleet.js';
import { operationRuns } from '../../tenancy/operation-runs.js';
import * as workflows from '../../workflows/index.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

const branchTtl = 3_600_000;
let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, branchTtl } } });
  await t.startWorker();
  await t.tenantry.execute.onboard({ id: 'acme' });
});

afterAll(() => t.stop());

let runs = 0;

/** As a schedule does: under an id of its own. */
const run = (operation: string, request: object = {}, id = 'acme') =>
  t.temporal.workflow.execute('runOperation', {
    workflowId: `schedule/${t.fleet.name}/nightly-${runs++}`,
    taskQueue: t.taskQueue,
    args: [{ tenant: { fleet: t.fleet.name, id: tenantIdOf(id) }, operation, request } as RunOperationInput],
  });

describe('runOperation', () => {
  it("runs an operation under its tenant's own id, with the fleet's own durations", async () => {
    const answer = await run('snapshot', { name: 'nightly' });
    expect(answer).toMatchObject({ outcome: 'done', result: { id: 'acme', snapshot: 'nightly' } });
    expect((await t.tenantry.snapshots('acme')).map(({ name }) => name)).toEqual(['nightly']);
    expect((await t.tenantry.lastOperation('acme'))?.operation).toBe('snapshot');
    // What the release itself would give a copy is a day.
    const copy = await run('branch', { name: 'copy' });
    const { expiresAt } = z.object({ result: z.object({ expiresAt: z.string() }) }).parse(copy).result;
    expect(Date.parse(expiresAt)).toBeLessThan(Date.now() + branchTtl + 1);
  });

  it('does nothing where another operation of the tenant is under way', async () => {
    const fault = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects/*/branches/*/snapshot' },
      effect: { kind: 'hold-before-apply' },
    });
    const held = await t.tenantry.start.snapshot('acme', { name: 'held' });
    await fault.struck();
    expect(await run('suspend')).toEqual({ outcome: 'busy' });
    await fault.lift();
    await held.result();
    expect(await t.tenantry.get('acme')).toMatchObject({ state: 'ready' });
  });

  it('is cancelled with the operation, which is undone', async () => {
    const fault = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects/*/branches/*/snapshot' },
      effect: { kind: 'hold-before-apply' },
    });
    const workflowId = `schedule/${t.fleet.name}/cancelled`;
    const running = await t.temporal.workflow.start('runOperation', {
      workflowId,
      taskQueue: t.taskQueue,
      args: [{ tenant: { fleet: t.fleet.name, id: tenantIdOf('acme') }, operation: 'snapshot' }],
    });
    await fault.struck();
    await running.cancel();
    await fault.lift();
    await expect(running.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect((await running.describe()).status.name).toBe('CANCELLED');
    expect(await t.tenantry.get('acme')).toMatchObject({ state: 'ready' });
  });

  it('fails as the operation fails, and for what is no operation', async () => {
    await expect(run('restore', { to: { snapshot: 'none' } })).rejects.toMatchObject({
      cause: { type: 'RequestUnfit', message: expect.stringContaining('has no snapshot none') },
    });
    await expect(run('polish')).rejects.toMatchObject({
      cause: { type: 'RequestUnfit', message: expect.stringContaining('there is no operation "polish"') },
    });
  });
});

describe('the table of operations', () => {
  it('names a workflow that workers have, for each', () => {
    for (const { workflow } of Object.values(operationRuns))
      expect(Object.keys(workflows)).toContain(workflow);
  });

  it('keeps a schedule from running one of them without its lock', () => {
    for (const { workflow } of Object.values(operationRuns))
      expect(() =>
        defineFleet({
          name: 'demo',
          plans: { free: { region: 'aws-us-east-1' } },
          migrations: 'migrations',
          schedules: { nightly: { workflow, every: 60_000 } },
        }),
      ).toThrow('schedule runOperation');
  });
});
