import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';

/**
 * Makes the credentials of a database in a past state those of the catalog. The owner's password may be another than it
 * was, and the tenant's login may be missing or have an old one; a login that was replaced since is back, and closed.
 */
export async function renewLogins(activities: Activities, project: ProjectInput): Promise<void> {
  await activities.fetchOwnerCredential(project);
  await activities.probeDatabase(project);
  await activities.closeLogin(project);
  await activities.createAppRole(project);
}
