import { awaitOperations } from './await-operations.js';
import { beginOnboarding } from './begin-onboarding.js';
import { beginOperation } from './begin-operation.js';
import { createAppRole } from './create-app-role.js';
import { createProject } from './create-project.js';
import { deleteProject } from './delete-project.js';
import type { Dependencies } from './dependencies.js';
import { failOperation, succeedOperation } from './end-operation.js';
import { failTenant } from './fail-tenant.js';
import { fetchOwnerCredential } from './fetch-owner-credential.js';
import { findEndpoints } from './find-endpoints.js';
import { findProjects } from './find-projects.js';
import { forgetProject } from './forget-project.js';
import { migrateDatabase } from './migrate-database.js';
import { probeDatabase } from './probe-database.js';
import { publishTenant } from './publish-tenant.js';
import { closeLogin, openLogin } from './set-login.js';
import { lowerQuota, restoreQuota } from './set-quota.js';
import { suspendEndpoint } from './suspend-endpoint.js';
import { verifyAppRole } from './verify-app-role.js';
import { verifyShutOut } from './verify-shut-out.js';

/** Steps that make one call to Neon each. They run on the queue that carries Neon's rate limit. */
export function createNeonActivities(dependencies: Dependencies) {
  return {
    createProject: createProject(dependencies),
    awaitOperations: awaitOperations(dependencies),
    fetchOwnerCredential: fetchOwnerCredential(dependencies),
    findProjects: findProjects(dependencies),
    deleteProject: deleteProject(dependencies),
    lowerQuota: lowerQuota(dependencies),
    restoreQuota: restoreQuota(dependencies),
    findEndpoints: findEndpoints(dependencies),
    suspendEndpoint: suspendEndpoint(dependencies),
  };
}

/** Steps in the tenant's own database. */
export function createDatabaseActivities(dependencies: Dependencies) {
  return {
    probeDatabase: probeDatabase(dependencies),
    migrateDatabase: migrateDatabase(dependencies),
    createAppRole: createAppRole(dependencies),
    verifyAppRole: verifyAppRole(dependencies),
    closeLogin: closeLogin(dependencies),
    openLogin: openLogin(dependencies),
    verifyShutOut: verifyShutOut(dependencies),
  };
}

/** Steps in the catalog: cheap, so they run where the workflow runs. */
export function createCatalogActivities(dependencies: Dependencies) {
  return {
    beginOnboarding: beginOnboarding(dependencies),
    publishTenant: publishTenant(dependencies),
    failTenant: failTenant(dependencies),
    forgetProject: forgetProject(dependencies),
    beginOperation: beginOperation(dependencies),
    succeedOperation: succeedOperation(dependencies),
    failOperation: failOperation(dependencies),
  };
}

export type NeonActivities = ReturnType<typeof createNeonActivities>;
export type DatabaseActivities = ReturnType<typeof createDatabaseActivities>;
export type CatalogActivities = ReturnType<typeof createCatalogActivities>;
