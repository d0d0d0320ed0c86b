import type { TenantState } from './lifecycle.js';
import type { PlanSettings } from './plan-difference.js';
import type { ProjectRole } from './project-role.js';
import type { TenantId } from './tenant-id.js';

/* The observations of a reconcile, as plain data. Times are in milliseconds since 1970. */

/** A project in Neon's list. */
export interface SeenProject {
  readonly neonId: string;
  readonly name: string;
  readonly createdAt: number;
  /** When one of its computes was last active; absent when Neon does not report it. */
  readonly lastActiveAt?: number;
  /** Whether its quota is the one that blocks all connections. Absent when Neon does not report it. */
  readonly isLowered?: boolean;
  /** The settings that a plan controls, as Neon reports them. */
  readonly settings: Partial<PlanSettings>;
}

/** A project on record in the catalog, of any fleet. */
export interface RecordedProject {
  readonly name: string;
  readonly fleet: string;
  readonly tenantId: TenantId;
  readonly role: ProjectRole;
  /** What it was called in the pool, if it came from there. */
  readonly poolName?: string;
  readonly neonId?: string;
  readonly adopted: boolean;
  /** Creates that were sent, that Neon did not certainly refuse, and whose response was never read. */
  readonly unansweredCreates: number;
  /** When the first of them was sent. */
  readonly unansweredSince?: number;
  /** Whether the sweep looks for the projects that they made. */
  readonly isInDoubt: boolean;
}

/** The state of a run that holds, or held, a tenant. */
export type RunSeen = 'open' | 'succeeded' | 'ended';

/** A tenant of the reconciled fleet. */
export interface RecordedTenant {
  readonly id: TenantId;
  readonly state: TenantState;
  /** When its row was last written: an operation began or ended then. */
  readonly changedAt: number;
  readonly projectId?: string;
  readonly schemaVersion?: string;
  /** The settings of its plan; absent for an adopted project, and when the fleet lacks the plan. */
  readonly wanted?: PlanSettings;
  /** Only for a tenant in a transitional state, if Temporal was asked. */
  readonly run?: RunSeen;
}

/** The observations about one tenant. */
export interface Look {
  readonly computes: 'awake' | 'asleep' | 'none';
  /** The settings of the compute that its plan controls. */
  readonly settings?: Partial<PlanSettings>;
  /** Absent when the compute was asleep. */
  readonly database?: DatabaseSeen;
}

export type DatabaseSeen =
  | {
      /** The faults of its logins, in a sentence each. */
      readonly logins: readonly string[];
      /** The same for unexpected logins. */
      readonly strangers?: string;
      /** The newest migration in its ledger. */
      readonly schemaVersion?: string;
    }
  | { readonly unanswered: string };

/** A project that must not be used any more, and will be deleted. */
export interface QuarantinedProject {
  readonly neonId: string;
  readonly name: string;
  readonly tenantId?: TenantId;
  readonly state: QuarantineState;
  /** When it may be deleted. */
  readonly dueAt: number;
  /** Whether its quota is lowered and its computes are suspended. */
  readonly isShut: boolean;
}

export const quarantineStates = ['quarantined', 'deleting', 'releasing', 'released', 'deleted'] as const;

export type QuarantineState = (typeof quarantineStates)[number];

/** Everything that a reconcile compares. */
export interface Inventory {
  readonly fleet: string;
  /** When the inventory began, by the catalog's clock. */
  readonly beganAt: number;
  /** Projects and changes that were younger than this at that time are left alone, in milliseconds. */
  readonly ageMs: number;
  /** Neon's complete list. */
  readonly seen: readonly SeenProject[];
  /** Projects that are missing from the list and that Neon confirms as absent. */
  readonly gone: ReadonlySet<string>;
  /** The projects of all fleets of the installation. */
  readonly projects: readonly RecordedProject[];
  /** All ids that were ever on record. */
  readonly onceOnRecord: ReadonlySet<string>;
  readonly quarantine: readonly QuarantinedProject[];
  readonly tenants: readonly RecordedTenant[];
  readonly looks: ReadonlyMap<TenantId, Look>;
}
