import { listEndpoints, suspendEndpoint } from '../../neon/endpoints.js';
import { eventually } from './eventually.js';
import type { TestTenantry } from './tenantry.js';

async function computes(t: TestTenantry, id: string) {
  const projectId = (await t.tenantry.get(id))?.projectId ?? '';
  return (await listEndpoints(t.neon, projectId)).map((compute) => ({ ...compute, projectId }));
}

/** Whether a compute of the tenant's is awake, as Neon says. */
export async function isAwake(t: TestTenantry, id: string): Promise<boolean> {
  return (await computes(t, id)).some(({ current_state }) => current_state !== 'idle');
}

/** Puts the tenant's computes to sleep, as Neon does with those that nobody uses. */
export async function putToSleep(t: TestTenantry, id: string): Promise<void> {
  for (const { id: endpointId, projectId } of await computes(t, id))
    await suspendEndpoint(t.neon, { projectId, endpointId });
  await eventually('it sleeps', async () => !(await isAwake(t, id)));
}
