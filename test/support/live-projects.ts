import { projectName } from '../../tenancy/naming.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import type { TestTenantry } from './tenantry.js';

/**
 * The ids of the projects that Neon has of a tenant, sorted: other tenants of the installation have theirs. They are known by
 * their names, which end in a digest; that of a move's next project differs. Ids must differ in their first 24 letters.
 */
export async function liveProjectsOf(
  { fleet, emulator }: Pick<TestTenantry, 'fleet' | 'emulator'>,
  tenant: string,
): Promise<string[]> {
  const readable = (name: string) => name.slice(0, name.lastIndexOf('-'));
  const ours = readable(projectName(fleet.name, tenantIdOf(tenant), ''));
  const live = await emulator.liveProjects();
  return live.flatMap(({ id, name }) => (readable(name) === ours ? [id] : [])).sort();
}
