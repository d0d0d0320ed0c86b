import type { TenantOperation } from './lifecycle.js';
import type { TenantId } from './tenant-id.js';

/** The kinds of differences between the catalog, Neon, Temporal and the tenants' databases, and their meaning. */
export const findingKinds = {
  /**
   * It was made by a create whose response was never read, and its tenant has no project, or has another one by now.
   */
  orphan: 'a project that this installation made and no tenant has',
  /** The same, beside the tenant's live project. */
  double: 'a second project of a tenant, made by a create whose answer was lost',
  /** Its quota is lowered and its computes are suspended, until it may be deleted. */
  quarantined: 'a project in quarantine',
  /** It was on record, and was deleted. */
  returned: 'a project that was deleted, and that somebody recovered',
  /** It may belong to another installation, or to a customer whose row was lost with a restored catalog. */
  unclaimed: 'a project with a name like ours that nothing on record accounts for',
  missing: "a tenant's project that Neon does not have",
  renamed: "a tenant's project that is called otherwise at Neon",
  plan: 'settings that are not those of the plan',
  'shut-out': 'a tenant that is ready, and that nobody can get into',
  open: 'a tenant that is suspended, and whose compute can be woken',
  'no-compute': 'a database that nobody can reach, for it has no compute',
  roles: 'logins that are not as they should be',
  stranger: 'a login that nobody has accounted for',
  schema: 'a schema version on record that is not that of the database',
  'dead-run': 'a tenant in the middle of an operation whose run is over',
} as const satisfies Record<string, string>;

export type FindingKind = keyof typeof findingKinds;

/** The way to mend a finding. */
export type Mend =
  /** An operation on the tenant. */
  | { readonly by: TenantOperation }
  /** The onboarding has failed, so its project is deleted. */
  | { readonly by: 'give up' }
  | { readonly by: 'quarantine' }
  | { readonly by: 'delete' }
  /** It gets its quota back, and is not deleted. */
  | { readonly by: 'release' };

export interface Finding {
  readonly kind: FindingKind;
  readonly tenantId?: TenantId;
  /** Neon's id. */
  readonly projectId?: string;
  /** The problem, in a sentence. */
  readonly message: string;
  /** Absent when only a person can decide what is right. */
  readonly mend?: Mend;
  /** Why a mendable finding is not mended yet. */
  readonly heldBack?: string;
}

/** One key for each kind and tenant or project: a finding that is found again is the same finding. */
export function findingKey({ kind, tenantId, projectId }: Finding): string {
  return `${kind}/${tenantId ?? ''}/${projectId ?? ''}`;
}

/** The result of a mend. `busy`: the tenant had another operation under way. */
export type MendOutcome = 'mended' | 'under way' | 'busy' | 'failed';

/** What a reconcile compared, and what it could not check. */
export interface ReconcileSummary {
  /** The projects in Neon's list. */
  readonly projects: number;
  readonly tenants: number;
  /** The tenants whose computes were checked. */
  readonly lookedInto: number;
  /** Those among them that slept, so that their databases were not checked. */
  readonly asleep: number;
  /** Those whose database did not respond. */
  readonly unanswered: number;
}
