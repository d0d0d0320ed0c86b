import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';

/**
 * Makes a database in a past state accept the catalog's credentials. The owner's password may have changed
 * since then, and the tenant's login may be missing or old; a login that was replaced since is back, and is
 * closed.
 */
export async function renewLogins(activities: Activities, project: ProjectInput): Promise<void> {
  await activities.fetchOwnerCredential(project);
  await activities.probeDatabase(project);
  await activities.closeLogin(project);
  await activities.createAppRole(project);
}
