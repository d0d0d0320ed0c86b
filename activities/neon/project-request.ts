import type { ProjectRequest } from '../../neon/projects.js';
import { databaseName, defaultBranchName, ownerRoleName } from '../../tenancy/naming.js';
import type { Plan } from '../../tenancy/plan.js';

/** Translates a plan into Neon's request: the one create has all settings. */
export function projectRequest(name: string, plan: Plan): ProjectRequest {
  return {
    name,
    region_id: plan.region,
    pg_version: plan.postgres,
    // Otherwise a password whose reply was lost could only be reset.
    store_passwords: true,
    ...(plan.historyRetentionSeconds === undefined
      ? {}
      : { history_retention_seconds: plan.historyRetentionSeconds }),
    branch: { name: defaultBranchName, database_name: databaseName, role_name: ownerRoleName },
    default_endpoint_settings: {
      autoscaling_limit_min_cu: plan.compute.minCu,
      autoscaling_limit_max_cu: plan.compute.maxCu,
      ...(plan.compute.suspendAfterSeconds === undefined
        ? {}
        : { suspend_timeout_seconds: plan.compute.suspendAfterSeconds }),
    },
    settings: { quota: quotaRequest(plan.quota) },
  };
}

/** The limits by our names and by Neon's. */
export const quotaNames = {
  activeTimeSeconds: 'active_time_seconds',
  computeTimeSeconds: 'compute_time_seconds',
  writtenDataBytes: 'written_data_bytes',
  dataTransferBytes: 'data_transfer_bytes',
  logicalSizeBytes: 'logical_size_bytes',
} as const satisfies Record<keyof Plan['quota'], string>;

/** Every limit by name: one that the plan does not set is 0, which means no limit at Neon. */
export function wholeQuota(quota: Plan['quota']): Record<string, number> {
  return {
    ...Object.fromEntries(Object.values(quotaNames).map((name) => [name, 0])),
    ...quotaRequest(quota),
  };
}

function quotaRequest(quota: Plan['quota']): Record<string, number> {
  const request: Record<string, number> = {};
  for (const [ours, theirs] of Object.entries(quotaNames)) {
    const limit = quota[ours as keyof Plan['quota']];
    if (limit !== undefined) request[theirs] = limit;
  }
  return request;
}
