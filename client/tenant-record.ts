import type { Catalog } from '../catalog/catalog.js';
import type { Tenant } from '../catalog/tenant.js';
import type { MonthOfUsage } from '../catalog/usage-report.js';
import type { DrillEvidence } from '../tenancy/drill-evidence.js';
import type { FailureReason } from '../tenancy/failure-reason.js';
import type { MemberReason } from '../tenancy/rollout.js';
import { attentionTo } from './attention.js';

/**
 * Everything that the catalog knows about a tenant, as JSON values: absent values are `null`, times are ISO 8601 in UTC.
 * It lists the kinds of secrets, never the secrets. Fields may be added, never removed.
 */
export interface TenantRecord {
  readonly format: 'tenantry/tenant-record/1';
  readonly exportedAt: string;
  readonly tenant: {
    readonly fleet: string;
    readonly id: string;
    readonly state: string;
    /** The last settled state: `ready`, `suspended`, `failed` or `offboarded`. */
    readonly settledState: string | null;
    readonly plan: string;
    /** The customer that it belongs to. */
    readonly customer: string | null;
    readonly projectName: string;
    readonly projectId: string | null;
    /** The project existed before Tenantry. */
    readonly adopted: boolean;
    readonly databaseName: string;
    readonly ownerRole: string;
    readonly appRole: string;
    readonly schemaVersion: string | null;
    readonly failure: FailureReason | null;
    /** The problem that a person must solve. */
    readonly attention: string | null;
    readonly createdAt: string;
    readonly updatedAt: string;
    readonly readyAt: string | null;
  };
  /** The history, the oldest entry first. */
  readonly history: readonly {
    readonly at: string;
    readonly operation: string;
    readonly event: string;
    readonly state: string;
    readonly workflowId: string;
    readonly runId: string;
    readonly detail: Readonly<Record<string, unknown>>;
  }[];
  /** The resources at Neon besides the live database. */
  readonly resources: readonly {
    readonly kind: string;
    readonly name: string;
    readonly projectId: string;
    readonly neonId: string;
    readonly detail: Readonly<Record<string, unknown>>;
    readonly createdAt: string;
    readonly expiresAt: string | null;
    /** Why its removal last failed, if it did. */
    readonly trouble: string | null;
  }[];
  /** Its present and past projects at Neon. */
  readonly projects: readonly {
    readonly name: string;
    /** `live`, `next`, `former`, `condemned` or `gone`. */
    readonly role: string;
    readonly projectId: string | null;
    readonly region: string | null;
    readonly adopted: boolean;
    /** More projects with that name may turn up: the response to a create was lost. */
    readonly inDoubt: boolean;
    /** When it is next due: for its deletion, or for another lookup. */
    readonly dueAt: string | null;
    /** Why that last failed, if it did. */
    readonly trouble: string | null;
  }[];
  /** Its metered usage, by month and plan, the oldest first, in Neon's raw units. */
  readonly usage: readonly MonthOfUsage[];
  /** The rollouts that included it, the oldest first. */
  readonly rollouts: readonly {
    readonly rollout: string;
    readonly verb: string;
    /** The input of its operation. */
    readonly request: Readonly<Record<string, unknown>>;
    /** Its wave, from 0. */
    readonly wave: number;
    /** `waiting`, `running`, `asleep`, `succeeded`, `failed` or `skipped`. */
    readonly state: string;
    readonly reason: MemberReason | null;
    readonly createdAt: string;
    readonly beganAt: string | null;
    readonly endedAt: string | null;
  }[];
  /** The results of its drills, the newest first; a hundred at most. */
  readonly drills: readonly (DrillEvidence & { readonly runId: string; readonly at: string })[];
  readonly secrets: readonly { readonly kind: string; readonly sealedAt: string }[];
}

export async function tenantRecord(catalog: Catalog, tenant: Tenant): Promise<TenantRecord> {
  const [history, projects, resources, usage, rollouts, drills, secrets] = await Promise.all([
    catalog.history.of(tenant),
    catalog.projects.list(tenant),
    catalog.resources.list(tenant),
    catalog.usage.months(tenant),
    catalog.rollouts.of(tenant),
    catalog.drills.list(tenant.fleet, { limit: 100, tenantId: tenant.id }),
    catalog.secrets.kinds(tenant),
  ]);
  return {
    format: 'tenantry/tenant-record/1',
    exportedAt: new Date().toISOString(),
    tenant: {
      fleet: tenant.fleet,
      id: tenant.id,
      state: tenant.state,
      settledState: tenant.settledState ?? null,
      plan: tenant.plan,
      customer: tenant.customer ?? null,
      projectName: tenant.projectName,
      projectId: tenant.projectId ?? null,
      adopted: tenant.adopted,
      databaseName: tenant.databaseName,
      ownerRole: tenant.ownerRole,
      appRole: tenant.appRole,
      schemaVersion: tenant.schemaVersion ?? null,
      failure: tenant.failure ?? null,
      attention: attentionTo(tenant) ?? null,
      createdAt: tenant.createdAt.toISOString(),
      updatedAt: tenant.updatedAt.toISOString(),
      readyAt: tenant.readyAt?.toISOString() ?? null,
    },
    history: history.map(({ at, ...entry }) => ({ at: at.toISOString(), ...entry })),
    resources: resources.map(({ createdAt, expiresAt, trouble, ...resource }) => ({
      ...resource,
      trouble: trouble ?? null,
      createdAt: createdAt.toISOString(),
      expiresAt: expiresAt?.toISOString() ?? null,
    })),
    projects: projects.map(({ name, role, neonId, region, adopted, inDoubt, dueAt, trouble }) => ({
      name,
      role,
      projectId: neonId ?? null,
      region: region ?? null,
      adopted,
      inDoubt,
      dueAt: dueAt?.toISOString() ?? null,
      trouble: trouble ?? null,
    })),
    usage,
    rollouts: rollouts.map(({ reason, createdAt, beganAt, endedAt, ...rollout }) => ({
      ...rollout,
      reason: reason ?? null,
      createdAt: createdAt.toISOString(),
      beganAt: beganAt?.toISOString() ?? null,
      endedAt: endedAt?.toISOString() ?? null,
    })),
    drills: drills.map(({ tenantId: _, at, ...drill }) => ({ ...drill, at: at.toISOString() })),
    secrets: secrets.map(({ kind, sealedAt }) => ({ kind, sealedAt: sealedAt.toISOString() })),
  };
}
