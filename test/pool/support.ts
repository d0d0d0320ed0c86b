import { eventually } from '../support/eventually.js';
import { freePlan, type TestTenantry } from '../support/tenantry.js';

/** A plan whose pool has this many projects. */
export const pooled = (size: number) => ({ ...freePlan, pool: { size, refill: 3 } });

/** Fills the pool, as the sweep does in production again and again. */
export async function fillPool(t: TestTenantry, size: number, plan = 'free'): Promise<void> {
  await t.sweep();
  await eventually('the pool is full', async () => (await readyIn(t, plan)) === size, 60_000);
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
