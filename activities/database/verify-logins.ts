import { cancellationSignal } from '@temporalio/activity';
import { attemptNotes, leaveNote } from '../attempt-notes.js';
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
 * The same for a project that waited in the pool, before anything of the tenant is in it: somebody may have made a login
 * meanwhile, which `noteLogins` would take for one of the fleet's. Returns whether it has logged in.
 */
export function verifyPooledLogins(dependencies: Dependencies) {
  const verify = verifyLogins(dependencies);
  return async (input: ProjectInput): Promise<boolean> => {
    const project = await dependencies.catalog.projects.withId(input.projectId);
    // An earlier attempt may have applied a migration since that makes a login.
    if (project?.poolName === undefined || attemptNotes().loginsVerified === true) return false;
    await verify(input);
    leaveNote({ loginsVerified: true });
    return true;
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
