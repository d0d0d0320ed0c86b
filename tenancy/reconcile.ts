import type { TenantOperation } from './lifecycle.js';
import type { TenantId } from './tenant-id.js';

/** In what the catalog, Neon, Temporal and the tenants' databases disagree, and what each means. */
export const findingKinds = {
  /** A create whose answer nobody read made it, and its tenant has no project, or another one by now. */
  orphan: 'a project that this installation made and no tenant has',
  /** The same, beside the project that the tenant lives in. */
  double: 'a second project of a tenant, made by a create whose answer was lost',
  /** Its quota is lowered, and its computes are suspended, until it may be deleted. */
  quarantined: 'a project in quarantine',
  /** It was on record, and deleted. */
  returned: 'a project that was deleted, and that somebody recovered',
  /** It may be another installation's, or a customer's whose row was lost with a restored catalog. */
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

/** What mends a finding. */
export type Mend =
  /** An operation on the tenant. */
  | { readonly by: TenantOperation }
  /** The onboarding has failed, and what it made goes. */
  | { readonly by: 'give up' }
  | { readonly by: 'quarantine' }
  | { readonly by: 'delete' }
  /** It is given its quota back, and nobody deletes it. */
  | { readonly by: 'release' };

export interface Finding {
  readonly kind: FindingKind;
  readonly tenantId?: TenantId;
  /** Neon's id. */
  readonly projectId?: string;
  /** What is the matter, in a sentence. */
  readonly message: string;
  /** Absent where only a person can tell what is right. */
  readonly mend?: Mend;
  /** Why it is not mended yet, although it could be. */
  readonly heldBack?: string;
}

/** One finding of a kind for a tenant or a project: what is found again is the same finding. */
export function findingKey({ kind, tenantId, projectId }: Finding): string {
  return `${kind}/${tenantId ?? ''}/${projectId ?? ''}`;
}

/** What became of a finding that was to be mended. `busy`: an operation of the tenant's was under way. */
export type MendOutcome = 'mended' | 'under way' | 'busy' | 'failed';

/** What a reconcile has compared, and what it could not see. */
export interface ReconcileSummary {
  /** That Neon listed. */
  readonly projects: number;
  readonly tenants: number;
  /** Tenants whose computes were looked at. */
  readonly lookedInto: number;
  /** Those of them that slept, so that their databases were not seen. */
  readonly asleep: number;
  /** Those whose database did not answer. */
  readonly unanswered: number;
}
