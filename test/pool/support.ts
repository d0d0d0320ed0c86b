import { fillPoolWorkflowId } from '../../tenancy/naming.js';
import { inCatalog } from '../reconcile/support.js';
import { eventually } from '../support/eventually.js';
import { freePlan, type TestTenantry } from '../support/tenantry.js';

/** A plan whose pool has this many projects. */
export const pooled = (size: number) => ({ ...freePlan, pool: { size, refill: 3 } });

/**
 * Fills the pool, as the sweep does in production again and again. On a busy machine a create may run out of time; then the
 * next one is not waited for as long as between two sweeps, which is an hour in a test.
 */
export async function fillPool(t: TestTenantry, size: number, plan = 'free'): Promise<void> {
  await eventually(
    'the pool is full',
    async () => {
      await inCatalog(t, 'update tenantry.pool_troubles set due_at = now()');
      await t.sweep();
      const filling = t.temporal.workflow.getHandle(fillPoolWorkflowId(t.fleet.name, plan));
      await filling.result().catch(() => {});
      return (await readyIn(t, plan)) === size;
    },
    60_000,
  );
}

export async function readyIn(t: TestTenantry, plan = 'free'): Promise<number> {
  const states = await t.catalog.pool.states(t.fleet.name, [plan]);
  return states.find((state) => state.plan === plan)?.ready ?? 0;
}

/** The ids of the projects at Neon that still have their name from the pool. */
export async function poolAtNeon(t: TestTenantry): Promise<string[]> {
  const live = await t.emulator.liveProjects();
  return live.flatMap(({ id, name }) => (name.startsWith(`${t.fleet.name}-pool-`) ? [id] : [])).sort();
}
