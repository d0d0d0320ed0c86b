import type { Neon } from '../../neon.js';
import { seconds } from '../../state/clock.js';
import type { Project } from '../../state/records.js';
import { listedUsage, projectUsage } from './usage.js';

export const organizationName = 'Emulated Organization';

const beforeTheFirstPeriod = '0001-01-01T00:00:00Z';
const freePlanBranchMegabytes = 512;

/** What Neon always answers, for whoever has set nothing. Clients in Go take each of them for granted. */
const settingsOfNobody = {
  allowed_ips: { ips: [], protected_branches_only: false },
  enable_logical_replication: false,
  maintenance_window: { weekdays: [5], start_time: '07:00', end_time: '08:00' },
  block_public_connections: false,
  block_vpc_connections: false,
  hipaa: false,
} as const;

function common(project: Project) {
  return {
    id: project.id,
    platform_id: project.region_id.split('-')[0] ?? 'aws',
    region_id: project.region_id,
    name: project.name,
    provisioner: project.provisioner,
    default_endpoint_settings: project.default_endpoint_settings,
    settings: { ...settingsOfNobody, ...project.settings },
    pg_version: project.pg_version,
    proxy_host: 'emulator.local',
    branch_logical_size_limit: freePlanBranchMegabytes,
    branch_logical_size_limit_bytes: freePlanBranchMegabytes * 1024 * 1024,
    store_passwords: project.store_passwords,
    cpu_used_sec: 0,
    creation_source: 'console',
    created_at: seconds(project.created_at),
    updated_at: seconds(project.updated_at),
    synthetic_storage_size: 0,
    owner_id: project.org_id,
    org_id: project.org_id,
    history_retention_seconds: project.history_retention_seconds,
    ...(project.compute_last_active_at && {
      compute_last_active_at: seconds(project.compute_last_active_at),
    }),
  };
}

export function projectView(project: Project) {
  return {
    ...common(project),
    data_storage_bytes_hour: 0,
    data_transfer_bytes: 0,
    written_data_bytes: 0,
    compute_time_seconds: 0,
    active_time_seconds: 0,
    consumption_period_start: beforeTheFirstPeriod,
    consumption_period_end: beforeTheFirstPeriod,
  };
}

/** One project asked for by its id also tells whose it is, and what it has used. */
export function projectDetail(project: Project, neon: Neon) {
  const { account, plan } = neon;
  return {
    ...projectView(project),
    ...projectUsage(project, neon),
    owner: {
      email: `${account.id}@emulator.local`,
      name: organizationName,
      branches_limit: 10,
      subscription_type: plan,
    },
  };
}

export function projectListItem(project: Project, neon: Neon) {
  return {
    ...common(project),
    ...listedUsage(project, neon),
    org_name: organizationName,
    ...(project.deleted_at && { deleted_at: seconds(project.deleted_at) }),
    ...(project.recoverable_until && { recoverable_until: seconds(project.recoverable_until) }),
  };
}
