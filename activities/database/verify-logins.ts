import { cancellationSignal } from '@temporalio/activity';
import type { Dependencies } from '../dependencies.js';
import { ownerIn } from '../known-owner.js';
import { knownTenant } from '../known-tenant.js';
import { type ProjectInput, writerOf } from '../tenant-input.js';
import { knownLogins } from './known-logins.js';
import { loginsOf, refuseUnknownLogins } from './sql/logins.js';
import { withTenantDatabase } from './tenant-database.js';

/**
 * Checks, as the owner, that only roles known to Tenantry and the fleet can log in to a project. Throws
 * `RoleUnfit` with the unknown role's name.
 */
export function verifyLogins(dependencies: Dependencies) {
  return async ({ tenant, projectId }: ProjectInput): Promise<void> => {
    const { catalog } = dependencies;
    const { appRole } = await knownTenant(catalog, tenant);
    const known = await knownLogins(dependencies, tenant, projectId);
    const owner = await ownerIn(catalog, tenant, projectId);
    await withTenantDatabase(owner, cancellationSignal(), (client) =>
      refuseUnknownLogins(client, [...known, appRole]),
    );
  };
}

/**
 * Records who can log in to a project before the tenant's own role is published: none of them counts as
 * unknown.
 */
export function noteLogins({ catalog }: Dependencies) {
  return async (input: ProjectInput): Promise<void> => {
    const { tenant, projectId } = input;
    const { appRole, ownerRole } = await knownTenant(catalog, tenant);
    const owner = await ownerIn(catalog, tenant, projectId);
    const logins = await withTenantDatabase(owner, cancellationSignal(), loginsOf);
    const others = logins.filter((role) => role !== appRole && role !== ownerRole);
    await catalog.projects.noteLogins(writerOf(input), projectId, others);
  };
}
