import type { Neon } from '../../neon.js';
import { seconds } from '../../state/clock.js';
import type { Endpoint, Project } from '../../state/records.js';

/**
 * Host and port in one: clients build connection strings from `host`, and on one machine only ports differ. A pooled
 * host says so in its first label, which clients also write there by themselves.
 */
export function hostOf({ id, port }: Endpoint, { address }: Neon, pooled = false): string {
  if (address.domain === undefined) return `${address.host}:${port}`;
  return `${id}${pooled ? '-pooler' : ''}.${address.domain}:${port}`;
}

export function endpointView(endpoint: Endpoint, project: Project, neon: Neon) {
  return {
    host: hostOf(endpoint, neon),
    id: endpoint.id,
    ...(endpoint.name && { name: endpoint.name }),
    project_id: endpoint.project_id,
    branch_id: endpoint.branch_id,
    autoscaling_limit_min_cu: endpoint.autoscaling_limit_min_cu,
    autoscaling_limit_max_cu: endpoint.autoscaling_limit_max_cu,
    region_id: project.region_id,
    type: endpoint.type,
    current_state: endpoint.current_state,
    ...(endpoint.pending_state && { pending_state: endpoint.pending_state }),
    settings: endpoint.settings,
    pooler_enabled: endpoint.pooler_enabled,
    pooler_mode: 'transaction',
    disabled: endpoint.disabled,
    passwordless_access: endpoint.passwordless_access,
    ...(endpoint.last_active && { last_active: seconds(endpoint.last_active) }),
    creation_source: 'console',
    created_at: seconds(endpoint.created_at),
    updated_at: seconds(endpoint.updated_at),
    ...(endpoint.started_at && { started_at: seconds(endpoint.started_at) }),
    ...(endpoint.suspended_at && { suspended_at: seconds(endpoint.suspended_at) }),
    proxy_host: 'emulator.local',
    suspend_timeout_seconds: endpoint.suspend_timeout_seconds,
    provisioner: project.provisioner,
  };
}
