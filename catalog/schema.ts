import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { DrillEvidence } from '../tenancy/drill-evidence.js';
import type { FailureReason } from '../tenancy/failure-reason.js';
import type { Look, QuarantineState } from '../tenancy/inventory.js';
import type { KeyRefusal } from '../tenancy/key-refusal.js';
import type { SettledState, TenantOperation, TenantState } from '../tenancy/lifecycle.js';
import type { PlanSettings } from '../tenancy/plan-difference.js';
import type { ReportedStep, Wait } from '../tenancy/progress.js';
import type { ProjectRole } from '../tenancy/project-role.js';
import type { FindingKind, Mend, MendOutcome, ReconcileSummary } from '../tenancy/reconcile.js';
import type { MemberReason, MemberState, RolloutPace, RolloutVerb, Wave } from '../tenancy/rollout.js';
import type { SecretKind } from '../tenancy/secret-store.js';
import type { TenantId } from '../tenancy/tenant-id.js';

type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>;

/** Limits in Neon's terms; 0 is no limit. */
export type Quota = Readonly<Record<string, number>>;

/** An operation that was interrupted, or could not be undone. */
export interface LeftBy {
  readonly operation: TenantOperation;
  readonly runId: string;
}

export interface TenantsTable {
  fleet: string;
  id: TenantId;
  state: TenantState;
  settled_state: SettledState | null;
  plan: string;
  app_role: string;
  database_name: Generated<string>;
  owner_role: Generated<string>;
  schema_version: string | null;
  access: string | null;
  run_id: string;
  kept_quota: JSONColumnType<Quota> | null;
  left_by: JSONColumnType<LeftBy> | null;
  failure: JSONColumnType<FailureReason> | null;
  created_at: Timestamp;
  updated_at: Timestamp;
  ready_at: Date | null;
  backed_up_at: Date | null;
  /** How often in a row the next backup has failed, when it did last, and why. */
  backup_tries: Generated<number>;
  backup_failed_at: Date | null;
  backup_trouble: string | null;
}

export interface ProjectsTable {
  name: string;
  fleet: string;
  tenant_id: TenantId;
  role: ProjectRole;
  neon_id: string | null;
  region: string | null;
  adopted: Generated<boolean>;
  create_posts: Generated<number>;
  create_posted_at: Date | null;
  unanswered_creates: Generated<number>;
  unanswered_since: Date | null;
  in_doubt_since: Date | null;
  known_logins: ColumnType<readonly string[], string, string>;
  schema_version: string | null;
  /** The run that left it. */
  left_by: string | null;
  left_at: Date | null;
  due_at: Date | null;
  tries: Generated<number>;
  trouble: string | null;
  created_at: Timestamp;
}

/**
 * `next` is the login that a rotation is about to install; `branch:…` is the login of the branch with that name;
 * `project:…` is the owner of a project that is not the tenant's live one.
 */
export type { SecretKind };

export interface SecretsTable {
  fleet: string;
  tenant_id: TenantId;
  kind: SecretKind;
  key_id: string;
  nonce: Buffer;
  ciphertext: Buffer;
  sealed_at: Timestamp;
  /** Kysely returns a `bigint` as text. */
  generation: Generated<string>;
}

/** The newest generation of each secret, independent of `secrets`. */
export interface SecretGenerationsTable {
  fleet: string;
  tenant_id: TenantId;
  kind: SecretKind;
  /** Larger than all earlier ones. */
  generation: Generated<string>;
  /** For a secret that was sealed before there were generations. */
  digest: Buffer | null;
}

export interface InstallationTable {
  id: string;
  neon_organization: string | null;
}

export type HistoryEvent = 'began' | 'noted' | 'succeeded' | 'failed';

export interface HistoryTable {
  id: Generated<string>;
  fleet: string;
  tenant_id: TenantId;
  at: Timestamp;
  operation: TenantOperation;
  event: HistoryEvent;
  state: TenantState | 'none';
  workflow_id: string;
  run_id: string;
  detail: JSONColumnType<Readonly<Record<string, unknown>>>;
}

/** A state before a restore is kept as a `kept-state`. */
export type ResourceKind = 'branch' | KeptKind;

/** Resources that are kept for a time, and that nobody connects to. */
export type KeptKind = 'snapshot' | 'kept-state';

export interface ResourcesTable {
  fleet: string;
  tenant_id: TenantId;
  kind: ResourceKind;
  name: string;
  project_id: string;
  neon_id: string;
  detail: JSONColumnType<Readonly<Record<string, unknown>>>;
  created_at: Timestamp;
  expires_at: Date | null;
  /** When the sweep next handles it; the number of failures since its last success, and the last reason. */
  due_at: Date | null;
  tries: Generated<number>;
  trouble: string | null;
}

export interface DrillsTable {
  fleet: string;
  /** The run's id. */
  id: string;
  tenant_id: TenantId;
  snapshot: string;
  taken_at: Date;
  at: Timestamp;
  problem: JSONColumnType<FailureReason> | null;
  evidence: JSONColumnType<Omit<DrillEvidence, 'snapshot' | 'takenAt' | 'problem'>>;
}

export interface TombstonesTable {
  fleet: string;
  tenant_id: TenantId;
  erased_at: Timestamp;
  run_id: string;
}

export interface ProgressTable {
  fleet: string;
  tenant_id: TenantId;
  run_id: string;
  steps: JSONColumnType<readonly ReportedStep[]>;
  wait: JSONColumnType<Wait> | null;
  waiting_activity: string | null;
  updated_at: Timestamp;
}

export interface WorkersTable {
  fleet: string;
  task_queue: string;
  id: string;
  identity: string;
  build: string | null;
  started_at: Timestamp;
  seen_at: Timestamp;
  key_refusal: JSONColumnType<KeyRefusal> | null;
  left_at: Timestamp | null;
}

export interface RolloutsTable {
  fleet: string;
  id: string;
  verb: RolloutVerb;
  request: JSONColumnType<Readonly<Record<string, unknown>>>;
  filter: JSONColumnType<object>;
  waves: JSONColumnType<readonly Wave[]>;
  pace: JSONColumnType<RolloutPace>;
  key: string;
  wanted: Generated<'run' | 'pause' | 'abort'>;
  base: string | null;
  wake_at: Date | null;
  enrolled_to: string | null;
  enrolled_at: Date | null;
  wave: Generated<number>;
  opens_at: Timestamp;
  stopped_at: Date | null;
  trouble: string | null;
  held_back: string | null;
  /** The last state in the event log. */
  logged_state: string | null;
  created_at: Timestamp;
  seen_at: Timestamp;
  ended_at: Date | null;
  /** Its rows are being deleted, and nobody reads it. */
  pruned_at: Date | null;
}

export interface RolloutTenantsTable {
  fleet: string;
  rollout_id: string;
  tenant_id: TenantId;
  wave: number;
  state: Generated<MemberState>;
  claim: string | null;
  began_at: Date | null;
  not_before: Date | null;
  times_busy: Generated<number>;
  ended_at: Date | null;
  reason: JSONColumnType<MemberReason> | null;
}

/** The database maintains this table with triggers. */
export interface RolloutCountsTable {
  fleet: string;
  rollout_id: string;
  wave: number;
  state: MemberState;
  /** Kysely returns a `bigint` as text. */
  tenants: string;
}

export interface EventsTable {
  /** Kysely returns a `bigint` as text. */
  seq: Generated<string>;
  id: Generated<string>;
  fleet: string;
  tenant_id: TenantId | null;
  rollout_id: string | null;
  subject: ColumnType<string, never, never>;
  type: string;
  at: Timestamp;
  data: JSONColumnType<Readonly<Record<string, unknown>>>;
  position: string | null;
}

/** The last position in each fleet. */
export interface EventHeadsTable {
  fleet: string;
  position: Generated<string>;
}

export interface EventEndpointsTable {
  fleet: string;
  id: string;
  url: string;
  created_at: Timestamp;
  cursor: string;
  paused_at: Date | null;
  paused_for: string | null;
  failing_since: Date | null;
  tries: Generated<number>;
  not_before: Date | null;
  trouble: string | null;
  accepted_at: Date | null;
  woken_at: Date | null;
}

export interface EventSecretsTable {
  fleet: string;
  endpoint_id: string;
  id: string;
  key_id: string;
  nonce: Buffer;
  ciphertext: Buffer;
  created_at: Timestamp;
  expires_at: Date | null;
}

export interface EventDeliveriesTable {
  id: Generated<string>;
  fleet: string;
  endpoint_id: string;
  position: string;
  subject: string;
  tries: Generated<number>;
  due_at: Date | null;
  trouble: string | null;
  failing_since: Date | null;
  delivered_at: Date | null;
}

export interface BuildsTable {
  fleet: string;
  id: string;
  schema: string;
  first_seen_at: Timestamp;
  seen_at: Timestamp;
}

export interface MadeProjectsTable {
  neon_id: string;
  fleet: string;
  noted_at: Timestamp;
}

export interface ReconcilesTable {
  fleet: string;
  run_id: string;
  workflow_id: string;
  began_at: Timestamp;
  ended_at: Date | null;
  compared_at: Generated<Date | null>;
  trouble: string | null;
  summary: JSONColumnType<ReconcileSummary> | null;
}

export interface NeonInventoryTable {
  fleet: string;
  run_id: string;
  neon_id: string;
  is_gone: Generated<boolean>;
  name: Generated<string>;
  created_at: Timestamp;
  last_active_at: Timestamp | null;
  is_lowered: boolean | null;
  settings: JSONColumnType<Partial<PlanSettings>, string | undefined, string>;
}

export interface TenantLooksTable {
  fleet: string;
  tenant_id: TenantId;
  run_id: string;
  look: JSONColumnType<Look>;
  looked_at: Timestamp;
}

export interface FindingsTable {
  fleet: string;
  key: string;
  kind: FindingKind;
  tenant_id: TenantId | null;
  project_id: string | null;
  message: string;
  mend: JSONColumnType<Mend> | null;
  held_back: string | null;
  found_at: Timestamp;
  outcome: MendOutcome | null;
  trouble: string | null;
}

export interface QuarantineTable {
  neon_id: string;
  fleet: string;
  name: string;
  tenant_id: TenantId;
  state: Generated<QuarantineState>;
  taken_at: Timestamp;
  kept_quota: JSONColumnType<Quota> | null;
  shut_at: Date | null;
  due_at: Timestamp;
  deleting_at: Date | null;
  deleted_at: Date | null;
  trouble: string | null;
}

export interface UsageProjectsTable {
  project_id: string;
  fleet: string;
  tenant_id: TenantId | null;
  plan: string | null;
  read_from: Timestamp;
  read_at: Date | null;
  due_at: Timestamp | null;
  gone_at: Date | null;
  lost_hours: Generated<number>;
}

/** Kysely returns a `bigint` as text. */
export interface UsageTable {
  project_id: string;
  hour: Date;
  fleet: string;
  tenant_id: TenantId | null;
  plan: string;
  compute_unit_seconds: string;
  root_branch_byte_hours: string;
  child_branch_byte_hours: string;
  history_byte_hours: string;
  snapshot_byte_hours: string;
  public_transfer_bytes: string;
  private_transfer_bytes: string;
  branch_hours: string;
  read_at: Date;
}

/** Old hours, added up. Kysely returns a `bigint` as text. */
export interface UsageDaysTable extends Omit<UsageTable, 'read_at'> {
  /** How many hours are in it, beginning with `hour`. */
  hours: number;
}

export interface BudgetWarningsTable {
  fleet: string;
  tenant_id: TenantId;
  period: string;
  usd: number;
  percent: number;
  told_at: Date | null;
}

export interface BudgetStopsTable {
  fleet: string;
  tenant_id: TenantId;
  period: string;
  usd: number;
  spent_usd: number;
  stopped_at: Timestamp;
}

/** The tables of `migrations/`, as Kysely sees them. */
export interface CatalogSchema {
  installation: InstallationTable;
  tenants: TenantsTable;
  secrets: SecretsTable;
  secret_generations: SecretGenerationsTable;
  history: HistoryTable;
  projects: ProjectsTable;
  resources: ResourcesTable;
  drills: DrillsTable;
  tombstones: TombstonesTable;
  progress: ProgressTable;
  workers: WorkersTable;
  rollouts: RolloutsTable;
  rollout_tenants: RolloutTenantsTable;
  rollout_counts: RolloutCountsTable;
  builds: BuildsTable;
  made_projects: MadeProjectsTable;
  reconciles: ReconcilesTable;
  neon_inventory: NeonInventoryTable;
  tenant_looks: TenantLooksTable;
  findings: FindingsTable;
  quarantine: QuarantineTable;
  usage_projects: UsageProjectsTable;
  usage: UsageTable;
  usage_days: UsageDaysTable;
  budget_warnings: BudgetWarningsTable;
  budget_stops: BudgetStopsTable;
  events: EventsTable;
  event_heads: EventHeadsTable;
  event_endpoints: EventEndpointsTable;
  event_secrets: EventSecretsTable;
  event_deliveries: EventDeliveriesTable;
}
