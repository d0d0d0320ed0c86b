import type { TenantState } from './lifecycle.js';
import type { PlanSettings } from './plan-difference.js';
import type { ProjectRole } from './project-role.js';
import type { TenantId } from './tenant-id.js';

/*
 * What a reconcile has seen, as plain data. Moments are milliseconds since 1970.
 */

/** A project as Neon lists it. */
export interface SeenProject {
  readonly neonId: string;
  readonly name: string;
  readonly createdAt: number;
  /** When a compute of it was last active; absent where Neon does not tell. */
  readonly lastActiveAt?: number;
  /** Its quota is the one that keeps everybody out. Absent where Neon does not tell. */
  readonly isLowered?: boolean;
  /** What Neon tells of it that a plan sets. */
  readonly settings: Partial<PlanSettings>;
}

/** A project that the catalog has, of any fleet. */
export interface RecordedProject {
  readonly name: string;
  readonly fleet: string;
  readonly tenantId: TenantId;
  readonly role: ProjectRole;
  readonly neonId?: string;
  readonly adopted: boolean;
  /** Creates that were sent, not certainly refused, and that no answer was read to. */
  readonly unansweredCreates: number;
  /** When the first of them was sent. */
  readonly unansweredSince?: number;
  /** The sweep looks for what they made. */
  readonly isInDoubt: boolean;
}

/** What became of a run that has, or had, a tenant. */
export type RunSeen = 'open' | 'succeeded' | 'ended';

/** A tenant of the fleet that is reconciled. */
export interface RecordedTenant {
  readonly id: TenantId;
  readonly state: TenantState;
  /** When its row was last written: an operation began or ended then. */
  readonly changedAt: number;
  readonly projectId?: string;
  readonly schemaVersion?: string;
  /** What its plan sets; absent for an adopted project, and where the fleet has no such plan. */
  readonly wanted?: PlanSettings;
  /** Of a tenant in a passing state, if Temporal was asked. */
  readonly run?: RunSeen;
}

/** What a look into one tenant has shown. */
export interface Look {
  readonly computes: 'awake' | 'asleep' | 'none';
  /** What the compute has of its plan. */
  readonly settings?: Partial<PlanSettings>;
  /** Absent where it was asleep. */
  readonly database?: DatabaseSeen;
}

export type DatabaseSeen =
  | {
      /** What is not right about its logins, in a sentence each. */
      readonly logins: readonly string[];
      /** The same of logins that nobody has accounted for. */
      readonly strangers?: string;
      /** The newest migration in its ledger. */
      readonly schemaVersion?: string;
    }
  | { readonly unanswered: string };

/** A project that is not to be used any more, and is to go. */
export interface QuarantinedProject {
  readonly neonId: string;
  readonly name: string;
  readonly tenantId?: TenantId;
  readonly state: QuarantineState;
  /** When it may be deleted. */
  readonly dueAt: number;
  /** Its quota is lowered and its computes are suspended. */
  readonly isShut: boolean;
}

export const quarantineStates = ['quarantined', 'deleting', 'releasing', 'released', 'deleted'] as const;

export type QuarantineState = (typeof quarantineStates)[number];

/** All that is compared. */
export interface Inventory {
  readonly fleet: string;
  /** When the look began, by the catalog's clock. */
  readonly beganAt: number;
  /** What is younger than this by then is left alone, in milliseconds. */
  readonly ageMs: number;
  /** Neon's list, whole. */
  readonly seen: readonly SeenProject[];
  /** Projects that the list lacks and that Neon says it does not have. */
  readonly gone: ReadonlySet<string>;
  /** Of every fleet of the installation. */
  readonly projects: readonly RecordedProject[];
  /** Ids that were on record once, whatever became of them. */
  readonly onceOnRecord: ReadonlySet<string>;
  readonly quarantine: readonly QuarantinedProject[];
  readonly tenants: readonly RecordedTenant[];
  readonly looks: ReadonlyMap<TenantId, Look>;
}
