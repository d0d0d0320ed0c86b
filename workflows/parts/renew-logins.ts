import type { ProjectStep } from '../../activities/tenant-step.js';
import type { Steps } from '../frame/steps.js';

/**
 * Makes the credentials of a database in a past state those of the catalog. The owner's password may be another than it
 * was, and the tenant's login may be missing or have an old one; a login that was replaced since is back, and closed.
 */
export async function renewLogins(steps: Steps, project: ProjectStep): Promise<void> {
  await steps.fetchOwnerCredential(project);
  await steps.probeDatabase(project);
  await steps.closeLogin(project);
  await steps.createAppRole(project);
}
