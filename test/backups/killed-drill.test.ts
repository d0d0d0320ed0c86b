import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DrilledTenant, OperationHandle } from '../../client/index.js';
import { listBranches } from '../../neon/branches.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

/* One worker is brought to three moments of a drill, each on a tenant of its own, and is killed. Another one goes on. */

let t: TestTenantry;
const handles = new Map<string, OperationHandle<DrilledTenant>>();

beforeAll(async () => {
  // A call that is held is waited for.
  t = await startTenantry({ fleet: { timings: { ...quickTimings, neonCall: 15_000 } } });
  const worker = await startKillableWorker(t);
  await Promise.all(
    ['restored', 'looked-into', 'terminated'].map(async (id) => {
      await t.tenantry.execute.onboard({ id });
      await t.tenantry.execute.snapshot(id, { name: 'monday' });
    }),
  );
  const lifts = [
    await held('restored', 'POST', '/snapshots/*/restore', 'hold-after-apply'),
    await held('looked-into', 'DELETE', '/branches/*', 'hold-before-apply'),
    await held('terminated', 'DELETE', '/branches/*', 'hold-before-apply'),
  ];
  await worker.stop('SIGKILL');
  await t.temporal.workflow.getHandle(handles.get('terminated')?.workflowId ?? '').terminate('by hand');
  for (const lift of lifts) await lift();
  await t.startWorker();
}, 120_000);
afterAll(() => t.stop());

async function held(id: string, method: string, path: string, kind: string) {
  const fault = await t.emulator.addFault({
    match: { method, path: `/projects/${await projectOf(id)}${path}` },
    effect: { kind },
  });
  handles.set(id, await t.tenantry.start.drill(id));
  await fault.struck(60_000);
  return fault.lift;
}

const projectOf = async (id: string) => (await t.tenantry.get(id))?.projectId ?? '';
const branchesOf = async (id: string) =>
  (await listBranches(t.neon, await projectOf(id))).filter((branch) => !branch.default);

it.each(['restored', 'looked-into'])('of a tenant goes on where it was: %s', async (id) => {
  const result = await handles.get(id)?.result();
  expect(result?.problem).toBeUndefined();
  expect(await branchesOf(id)).toEqual([]);
  expect(await t.tenantry.drills({ tenant: id })).toHaveLength(1);
  expect(await t.tenantry.get(id)).toMatchObject({ state: 'ready' });
});

it('that was terminated is cleared away by the sweep, and what it had proved stays', async () => {
  await t.sweep();
  await (await t.tenantry.lastOperation('terminated'))?.result();
  for (let sweeps = 0; sweeps < 5 && (await branchesOf('terminated')).length > 0; sweeps += 1)
    await t.sweep();
  expect(await branchesOf('terminated')).toEqual([]);
  expect(await t.tenantry.branches('terminated')).toEqual([]);
  expect(await t.tenantry.get('terminated')).toMatchObject({ state: 'ready' });
  expect(await t.tenantry.drills({ tenant: 'terminated' })).toHaveLength(1);
});
