import { z } from 'zod';

/*
 * What the emulator keeps. A field that the API shows bears the API's name; what only we know is in camelCase and never
 * leaves (see the views). Times are those of `clock.ts`.
 */

const settings = z.record(z.string(), z.unknown());

export const endpointDefaults = z.object({
  autoscaling_limit_min_cu: z.number(),
  autoscaling_limit_max_cu: z.number(),
  suspend_timeout_seconds: z.number(),
  pg_settings: z.record(z.string(), z.string()).optional(),
  pgbouncer_settings: z.record(z.string(), z.string()).optional(),
});

export const projectRecord = z.object({
  id: z.string(),
  name: z.string(),
  org_id: z.string(),
  region_id: z.string(),
  pg_version: z.number(),
  provisioner: z.string(),
  store_passwords: z.boolean(),
  history_retention_seconds: z.number(),
  settings,
  default_endpoint_settings: endpointDefaults,
  created_at: z.string(),
  updated_at: z.string(),
  compute_last_active_at: z.string().optional(),
  deleted_at: z.string().optional(),
  recoverable_until: z.string().optional(),
});

/** A time or a place in the log. */
export const moment = z.union([z.object({ timestamp: z.string() }), z.object({ lsn: z.string() })]);

export const backupScheduleItem = z.object({
  frequency: z.enum(['hourly', 'daily', 'weekly', 'monthly', 'yearly']),
  hour: z.int().min(0).max(23).optional(),
  day: z.int().min(1).max(31).optional(),
  month: z.int().min(1).max(12).optional(),
  retention_seconds: z.int().min(3600).optional(),
});

export const branchRecord = z.object({
  id: z.string(),
  project_id: z.string(),
  parent_id: z.string().optional(),
  name: z.string(),
  current_state: z.string(),
  pending_state: z.string().optional(),
  state_changed_at: z.string(),
  default: z.boolean(),
  protected: z.boolean(),
  init_source: z.string(),
  expires_at: z.string().optional(),
  created_at: z.string(),
  updated_at: z.string(),
  annotations: z.record(z.string(), z.string()),
  deleting: z.boolean().optional(),
  parent_lsn: z.string().optional(),
  parent_timestamp: z.string().optional(),
  ttl_interval_seconds: z.number().optional(),
  last_reset_at: z.string().optional(),
  restore_status: z.enum(['restored', 'finalized']).optional(),
  restored_from: z.string().optional(),
  restored_as: z.string().optional(),
  backupSchedule: z.array(backupScheduleItem).optional(),
  archived: z.boolean().optional(),
  /** The name of its data's folder, when that is not its id. */
  dataId: z.string().optional(),
  /** What its data is to be made from: a branch or a snapshot. Its parent's head when absent. */
  making: z.object({ sourceId: z.string(), moment: moment.optional() }).optional(),
  /** What a restore under way has put aside, and puts back when it fails. */
  formerly: z
    .object({
      dataId: z.string().optional(),
      parent_id: z.string().optional(),
      /** The branch that holds the state before; absent when nobody wanted it kept. */
      preservedAs: z.string().optional(),
    })
    .optional(),
  /** How a branch that is being deleted may come back; absent when it may not. */
  deletion: z.object({ method: z.enum(['user', 'ttl']), recoverableUntil: z.string() }).optional(),
});

export const endpointRecord = z.object({
  id: z.string(),
  project_id: z.string(),
  branch_id: z.string(),
  name: z.string().optional(),
  type: z.enum(['read_write', 'read_only']),
  current_state: z.enum(['init', 'active', 'idle']),
  pending_state: z.enum(['active', 'idle']).optional(),
  settings,
  autoscaling_limit_min_cu: z.number(),
  autoscaling_limit_max_cu: z.number(),
  suspend_timeout_seconds: z.number(),
  pooler_enabled: z.boolean(),
  disabled: z.boolean(),
  passwordless_access: z.boolean(),
  last_active: z.string().optional(),
  started_at: z.string().optional(),
  suspended_at: z.string().optional(),
  created_at: z.string(),
  updated_at: z.string(),
  port: z.number(),
  deleting: z.boolean().optional(),
});

export const roleRecord = z.object({
  id: z.string(),
  project_id: z.string(),
  branch_id: z.string(),
  name: z.string(),
  /** Absent when the project does not store passwords, or the role has none. */
  password: z.string().optional(),
  /** What Postgres is told, so that a project that stores no password can still start a compute. */
  verifier: z.string().optional(),
  no_login: z.boolean(),
  created_at: z.string(),
  updated_at: z.string(),
  deleting: z.boolean().optional(),
});

export const databaseRecord = z.object({
  id: z.string(),
  number: z.number(),
  project_id: z.string(),
  branch_id: z.string(),
  name: z.string(),
  owner_name: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  /** The name Postgres still knows it by, until the rename is applied. */
  formerName: z.string().optional(),
  deleting: z.boolean().optional(),
});

/** What a fault has decided about an operation before it began. */
export const fate = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('recover'), failures: z.number(), afterMs: z.number() }),
  z.object({ kind: z.literal('last'), ms: z.number() }),
  z.object({ kind: z.literal('end'), status: z.enum(['failed', 'error', 'cancelled', 'skipped']) }),
  z.object({ kind: z.literal('hang'), faultId: z.string() }),
]);

export const operationRecord = z.object({
  id: z.string(),
  project_id: z.string(),
  branch_id: z.string().optional(),
  endpoint_id: z.string().optional(),
  action: z.string(),
  /** What is done, where Neon has one word for several things. */
  task: z.string().optional(),
  snapshotId: z.string().optional(),
  /** What the branch that is replaced is to be called. */
  newName: z.string().optional(),
  status: z.enum(['scheduling', 'running', 'finished', 'failed', 'error', 'cancelled', 'skipped']),
  error: z.string().optional(),
  failures_count: z.number(),
  retry_at: z.string().optional(),
  created_at: z.string(),
  updated_at: z.string(),
  total_duration_ms: z.number(),
  fate: fate.optional(),
});

export const keyRecord = z.object({
  /** The hash of the secret. */
  id: z.string(),
  kind: z.enum(['personal', 'organization', 'project']),
  project_id: z.string().optional(),
  created_at: z.string(),
  /** What the API calls its id. */
  number: z.number().optional(),
  name: z.string().optional(),
});

/** What one branch has used in one hour. */
export const usageRecord = z.object({
  /** `<branch>/<hour>` */
  id: z.string(),
  project_id: z.string(),
  branch_id: z.string(),
  /** The start of the hour, in milliseconds since the epoch. */
  hour: z.number(),
  activeMs: z.number(),
  /** Run time times compute units. */
  computeUnitMs: z.number(),
  writtenBytes: z.number(),
  transferBytes: z.number(),
  /** As last seen in this hour. */
  logicalBytes: z.number(),
});

export const accountRecord = z.object({ id: z.string(), userId: z.string(), createdAt: z.string() });

export type Project = Readonly<z.infer<typeof projectRecord>>;
export type Branch = Readonly<z.infer<typeof branchRecord>>;
export type Endpoint = Readonly<z.infer<typeof endpointRecord>>;
export type Role = Readonly<z.infer<typeof roleRecord>>;
export type Database = Readonly<z.infer<typeof databaseRecord>>;
export type Operation = Readonly<z.infer<typeof operationRecord>>;
export type BackupScheduleItem = Readonly<z.infer<typeof backupScheduleItem>>;
export type Fate = Readonly<z.infer<typeof fate>>;
export type Usage = Readonly<z.infer<typeof usageRecord>>;
export type Key = Readonly<z.infer<typeof keyRecord>>;
export type Account = Readonly<z.infer<typeof accountRecord>>;
