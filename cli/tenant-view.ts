import { attentionTo } from '../client/attention.js';
import type { Tenant } from '../client/index.js';

/** A tenant in the output of `--json`. Fields are only ever added. */
export function tenantView(tenant: Tenant) {
  return {
    id: tenant.id,
    state: tenant.state,
    plan: tenant.plan,
    customer: tenant.customer ?? null,
    projectId: tenant.projectId ?? null,
    projectName: tenant.projectName,
    region: tenant.region ?? null,
    role: tenant.appRole,
    schemaVersion: tenant.schemaVersion ?? null,
    failure: tenant.failure ?? null,
    attention: attentionTo(tenant) ?? null,
    createdAt: tenant.createdAt.toISOString(),
    updatedAt: tenant.updatedAt.toISOString(),
    readyAt: tenant.readyAt?.toISOString() ?? null,
  };
}
