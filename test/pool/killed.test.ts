import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OnboardedTenant, OperationHandle } from '../../client/index.js';
import { inCatalog } from '../reconcile/support.js';
import { eventually } from '../support/eventually.js';
import { liveProjectsOf } from '../support/live-projects.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';
import { fillPool, poolAtNeon, pooled, readyIn } from './support.js';

/* One worker is brought to both sides of the rename, and of a create for the pool, and is killed once. */

let t: TestTenantry;
const handles = new Map<string, OperationHandle<OnboardedTenant>>();
let before: string[];

const moments = {
  claimed: ['before Neon has renamed the project that it has claimed', 'hold-before-apply'],
  renamed: ['after that, before the answer is read', 'hold-after-apply'],
} as const;

beforeAll(async () => {
  t = await startTenantry({
    fleet: {
      plans: { free: pooled(2) },
      defaultPlan: 'free',
      timings: { ...quickTimings, neonCall: 10_000 },
    },
  });
  await t.writeMigration('0001_notes.sql', 'create table notes (body text);');
  const worker = await startKillableWorker(t);
  await fillPool(t, 2);
  before = await poolAtNeon(t);
  const lifts: (() => Promise<void>)[] = [];
  for (const [id, [, kind]] of Object.entries(moments)) {
    const held = await t.emulator.addFault({
      match: { method: 'PATCH', path: '/projects/*' },
      effect: { kind },
    });
    handles.set(id, await t.tenantry.start.onboard({ id }));
    await held.struck();
    lifts.push(held.lift);
  }
  // The pool is empty by now, so it is filled.
  const made = await t.emulator.addFault({
    match: { method: 'POST', path: '/projects' },
    effect: { kind: 'hold-after-apply' },
  });
  await t.sweep();
  await made.struck();
  await worker.stop('SIGKILL');
  await made.lift();
  for (const lift of lifts) await lift();
  await t.startWorker();
}, 120_000);

afterAll(() => t.stop());

describe('a worker that is killed', () => {
  it.each(Object.entries(moments).map(([id, [moment]]) => [moment, id] as const))(
    '%s leaves the tenant with that project, under its name',
    async (_, id) => {
      const { projectId = '' } = (await handles.get(id)?.result()) ?? {};
      expect(before).toContain(projectId);
      expect(await liveProjectsOf(t, id)).toEqual([projectId]);
      await withClient(await t.tenantry.connectionString(id), (client) =>
        client.query("insert into notes values ('mine')"),
      );
    },
  );

  it('while it makes a project for the pool leaves one that is deleted, and the pool is filled', async () => {
    await eventually(
      'nothing is there but the tenants’ projects and the pool',
      async () => {
        // That is an hour, as long as the time between two sweeps is in a test.
        await inCatalog(t, 'update tenantry.pool_troubles set due_at = now()');
        await t.sweep();
        const live = await t.emulator.liveProjects();
        return (await readyIn(t)) === 2 && live.length === 4;
      },
      60_000,
    );
    expect(await poolAtNeon(t)).toHaveLength(2);
  }, 90_000);
});
