import {
  ActivityCancellationType,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { CatalogActivities, DatabaseActivities, NeonActivities } from '../activities/activities.js';
import { neonTaskQueue } from '../tenancy/naming.js';
import type { Timings } from '../tenancy/timings.js';

/**
 * The activities as workflows call them, each with the line that the Temporal UI shows for it, and its limits.
 *
 * A retry is bounded by time, never by a number of attempts: waiting on Neon is a retry too. Calls to Neon have no
 * deadline of their own at all, because behind a long backlog the wait for the rate limit would use it up.
 */
export function stepsOf(timings: Timings) {
  // Undo begins only once the step in hand has come to its end, or the two would cross.
  const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;
  const retry = {
    initialInterval: timings.retry,
    backoffCoefficient: 2,
    maximumInterval: timings.retry * 30,
  };
  const neon = (summary: string) =>
    proxyActivities<NeonActivities>({
      taskQueue: neonTaskQueue(workflowInfo().taskQueue),
      // Above the HTTP client's own limit, so that an attempt says itself what went wrong.
      startToCloseTimeout: timings.neonCall * 1.5,
      retry,
      cancellationType,
      summary,
    });
  const database = (summary: string) =>
    proxyActivities<DatabaseActivities>({
      startToCloseTimeout: timings.shortStep,
      scheduleToCloseTimeout: timings.databaseDeadline,
      retry,
      cancellationType,
      summary,
    });
  const migrations = (summary: string) =>
    proxyActivities<DatabaseActivities>({
      startToCloseTimeout: timings.migrationsDeadline,
      scheduleToCloseTimeout: timings.migrationsDeadline,
      heartbeatTimeout: timings.heartbeat,
      retry,
      cancellationType,
      summary,
    });
  const catalog = (summary: string) =>
    proxyLocalActivities<CatalogActivities>({
      startToCloseTimeout: timings.shortStep,
      retry,
      cancellationType,
      summary,
    });

  return {
    beginOnboarding: catalog('Take the tenant for this run').beginOnboarding,
    createProject: neon('Create the Neon project').createProject,
    awaitOperations: neon("Wait for Neon's operations on the project").awaitOperations,
    fetchOwnerCredential: neon("Fetch the owner's credential again").fetchOwnerCredential,
    probeDatabase: database('Log in as the owner').probeDatabase,
    migrateDatabase: migrations("Apply the fleet's migrations").migrateDatabase,
    createAppRole: database("Create the tenant's own limited role").createAppRole,
    verifyAppRole: database("Log in as the tenant's own role").verifyAppRole,
    findProjects: neon("Look for the tenant's projects").findProjects,
    deleteProject: neon('Delete a project').deleteProject,
    lowerQuota: neon('Lower the quota, so that nobody wakes the compute').lowerQuota,
    restoreQuota: neon("Restore the plan's quota").restoreQuota,
    findEndpoints: neon("List the project's computes").findEndpoints,
    suspendEndpoint: neon('Put a compute to sleep').suspendEndpoint,
    closeLogin: database('Close the login, and end its connections').closeLogin,
    openLogin: database('Open the login').openLogin,
    verifyShutOut: database('Try to connect, and be refused').verifyShutOut,
    publishTenant: catalog('Mark the tenant ready').publishTenant,
    failTenant: catalog('Mark the tenant failed').failTenant,
    beginOperation: catalog('Take the tenant for this run').beginOperation,
    succeedOperation: catalog('Let go of the tenant, the operation done').succeedOperation,
    failOperation: catalog('Let go of the tenant, the operation undone').failOperation,
    forgetProject: catalog('Forget the project and its secrets').forgetProject,
  };
}

export type Steps = ReturnType<typeof stepsOf>;
