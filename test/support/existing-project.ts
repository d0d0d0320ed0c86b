import { createProject } from '../../neon/projects.js';
import type { TestTenantry } from './tenantry.js';

/** A project that somebody made before there was a fleet. Its owner's connection string is in the reply. */
export function createExistingProject(
  { neon }: Pick<TestTenantry, 'neon'>,
  { name = 'shop', region = 'aws-us-east-1' } = {},
): ReturnType<typeof createProject> {
  return createProject(neon, {
    name,
    region_id: region,
    pg_version: 17,
    store_passwords: true,
    history_retention_seconds: 3_600,
    branch: { name: 'production', database_name: 'shop', role_name: 'shop_owner' },
    default_endpoint_settings: {
      autoscaling_limit_min_cu: 0.25,
      autoscaling_limit_max_cu: 4,
      suspend_timeout_seconds: 300,
    },
    settings: { quota: {} },
  });
}
