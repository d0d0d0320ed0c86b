import { awaitOperations } from './await-operations.js';
import { beginOnboarding } from './begin-onboarding.js';
import { createAppRole } from './create-app-role.js';
import { createProject } from './create-project.js';
import { deleteProject } from './delete-project.js';
import type { Dependencies } from './dependencies.js';
import { failTenant } from './fail-tenant.js';
import { fetchOwnerCredential } from './fetch-owner-credential.js';
import { findProjects } from './find-projects.js';
import { forgetProject } from './forget-project.js';
import { migrateDatabase } from './migrate-database.js';
import { probeDatabase } from './probe-database.js';
import { publishTenant } from './publish-tenant.js';
import { verifyAppRole } from './verify-app-role.js';

/** Steps that make one call to Neon each. They run on the queue that carries Neon's rate limit. */
export function createNeonActivities(dependencies: Dependencies) {
  return {
    createProject: createProject(dependencies),
    awaitOperations: awaitOperations(dependencies),
    fetchOwnerCredential: fetchOwnerCredential(dependencies),
    findProjects: findProjects(dependencies),
    deleteProject: deleteProject(dependencies),
  };
}

/** Steps in the tenant's own database. */
export function createDatabaseActivities(dependencies: Dependencies) {
  return {
    probeDatabase: probeDatabase(dependencies),
    migrateDatabase: migrateDatabase(dependencies),
    createAppRole: createAppRole(dependencies),
    verifyAppRole: verifyAppRole(dependencies),
  };
}

/** Steps in the catalog: cheap, so they run where the workflow runs. */
export function createCatalogActivities(dependencies: Dependencies) {
  return {
    beginOnboarding: beginOnboarding(dependencies),
    publishTenant: publishTenant(dependencies),
    failTenant: failTenant(dependencies),
    forgetProject: forgetProject(dependencies),
  };
}

export type NeonActivities = ReturnType<typeof createNeonActivities>;
export type DatabaseActivities = ReturnType<typeof createDatabaseActivities>;
export type CatalogActivities = ReturnType<typeof createCatalogActivities>;
