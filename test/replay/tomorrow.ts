import { patched, sleep } from '@temporalio/workflow';
import { type OffboardInput, offboardTenant as today } from '../../workflows/offboard-tenant.js';

export * from '../../workflows/index.js';

/** As it may be tomorrow: with a step before all others, for the runs that begin from then on. */
export async function offboardTenant(input: OffboardInput): ReturnType<typeof today> {
  if (patched('a-step-before-all-others')) await sleep(1);
  return today(input);
}
