import { type WaitingSteps, waitingSteps } from '../../worker/check-catalog.js';
import { readFleet } from '../../worker/load-fleet.js';
import { patienceMs, type Subject } from '../doctor/subject.js';

/** What the fleet's tenants wait for; `null` when the catalog does not respond, which the parts report. */
export async function waitsOf({ environment, read }: Subject): Promise<WaitingSteps[] | null> {
  const url = environment.TENANTRY_CATALOG_URL;
  if (!url) return null;
  try {
    const { name } = await readFleet(read('TENANTRY_CONFIG'));
    return await waitingSteps(url, name, patienceMs);
  } catch {
    return null;
  }
}
