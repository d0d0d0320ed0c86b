import { z } from 'zod';
import { defaultTimings } from './default-timings.js';

const milliseconds = z.int().min(1);

/**
 * Every duration of a workflow, in milliseconds. A run carries the timings that the fleet had at its start, so a
 * change of the fleet's definition never affects a running operation, and tests can run in milliseconds on the real
 * server.
 */
export const timingsSchema = z.strictObject({
  /** The longest time for one call to Neon. Neon's own command line allows 60 s. @default 20 s */
  neonCall: milliseconds.default(defaultTimings.neonCall),
  /**
   * How long to leave a project alone after Neon answers 423 without a delay of its own. This is a worker setting: a
   * change also applies to running operations. @default 3 s
   */
  neonLocked: milliseconds.default(defaultTimings.neonLocked),
  /** The interval between two polls of a project's operations; grows to five times this. @default 1 s */
  operationPoll: milliseconds.default(defaultTimings.operationPoll),
  /** The age at which an unfinished Neon operation counts as stuck. @default 15 min */
  operationDeadline: milliseconds.default(defaultTimings.operationDeadline),
  /** How long a failed operation waits before the failure is final: Neon may retry it. @default 1 min */
  failedOperationGrace: milliseconds.default(defaultTimings.failedOperationGrace),
  /**
   * How long after a create whose response was lost a lookup may still miss the project, or the create itself may
   * still be running behind Neon's edge. No second create is sent before. @default 30 s
   */
  createGrace: milliseconds.default(defaultTimings.createGrace),
  /**
   * How long after a create whose response was lost its project is looked for again, and once more after 24 times
   * this. Whatever has happened to the run or the tenant by then, a late project is found and deleted. @default 1 h
   */
  createLook: milliseconds.default(defaultTimings.createLook),
  /**
   * The interval between two sweeps for due work: expired copies and former projects, creates in doubt, terminated
   * operations. This is a worker setting: a change takes effect when a worker starts. @default 1 min
   */
  sweep: milliseconds.min(1_000).default(defaultTimings.sweep),
  /**
   * The interval between two reconciles, which compare the catalog with Neon, Temporal and the tenants' databases.
   * This is a worker setting: a change takes effect when a worker starts. @default 1 day
   */
  reconcile: milliseconds.default(defaultTimings.reconcile),
  /** A reconcile leaves alone anything created or changed within this time. This is a worker setting. @default 1 day */
  reconcileAge: milliseconds.default(defaultTimings.reconcileAge),
  /**
   * How long a project without a tenant is kept, with connections blocked, before a reconcile deletes it. This is a
   * worker setting. @default 7 days
   */
  quarantine: milliseconds.default(defaultTimings.quarantine),
  /**
   * The interval between two readings of the tenants' usage, if the fleet has metering. Neon has new figures every 15
   * minutes. This is a worker setting. @default 15 min
   */
  meter: milliseconds.min(1_000).default(defaultTimings.meter),
  /**
   * How long after its end an hour's usage is read again: Neon documents that an hour may take an hour to be
   * complete. This is a worker setting. @default 6 h
   */
  meterLateness: milliseconds.max(518_400_000).default(defaultTimings.meterLateness),
  /** The wait between two attempts after a failure; grows to thirty times this. @default 1 s */
  retry: milliseconds.default(defaultTimings.retry),
  /**
   * The deadline of a step on a tenant's database, over all its attempts and the waits between them. As for all
   * deadlines, time without a running worker does not count, and undo has no deadline. @default 1 min
   */
  databaseDeadline: milliseconds.default(defaultTimings.databaseDeadline),
  /**
   * The longest time for one attempt of a tenant's migrations, and for all its failing attempts together. @default 15
   * min
   */
  migrationsDeadline: milliseconds.default(defaultTimings.migrationsDeadline),
  /**
   * The longest time for one statement of a migration. This is a worker setting, and a file may set its own. @default
   * 10 min
   */
  migrationStatement: milliseconds.default(defaultTimings.migrationStatement),
  /**
   * How long a migration waits for a lock before it releases its place in the queue and retries: all later queries
   * wait behind it. This is a worker setting, and does not apply to a file without a transaction. @default 1 s
   */
  migrationLock: milliseconds.default(defaultTimings.migrationLock),
  /** A worker that is silent for this long during a long step counts as dead. @default 15 s */
  heartbeat: milliseconds.default(defaultTimings.heartbeat),
  /** How long a worker may hold a workflow task. When a worker dies with one, the run waits this long. @default 5 s */
  workflowTask: milliseconds.default(defaultTimings.workflowTask),
  /** A step on the catalog or on a tenant's database is retried when it takes longer than this. @default 15 s */
  shortStep: milliseconds.default(defaultTimings.shortStep),
  /** The longest time for one call of a hook. @default 5 min */
  hook: milliseconds.default(defaultTimings.hook),
  /** How long a failing hook is retried. @default 15 min */
  hookDeadline: milliseconds.default(defaultTimings.hookDeadline),
  /**
   * How long a step that needs a plan or a hook waits for a worker whose fleet has it, counted from the first worker
   * without it that took the step. This is a worker setting: a change also applies to running operations. @default 10
   * min
   */
  deployGrace: milliseconds.default(defaultTimings.deployGrace),
  /**
   * After this time without a report, a build of the application no longer holds back newer contracts. Its processes
   * report every minute. This is a worker setting: a change also applies to running operations. @default 1 h
   */
  buildSilence: milliseconds.min(120_000).default(defaultTimings.buildSilence),
  /**
   * How long the old and the new login both work during a rotation. By its end, every client of the tenant must have
   * requested the connection string again. @default 5 min
   */
  rotationOverlap: milliseconds.default(defaultTimings.rotationOverlap),
  /** How long an offboarding can be undone, before anything is deleted. @default 7 days */
  offboardingGrace: milliseconds.default(defaultTimings.offboardingGrace),
  /** The longest time for the dump of a tenant's database. @default 4 h */
  exportDeadline: milliseconds.default(defaultTimings.exportDeadline),
  /** The longest time for copying a database to another project, and for comparing the two. @default 1 h each */
  copyDeadline: milliseconds.default(defaultTimings.copyDeadline),
  /** How long the source project of a move is kept, closed, so that the move can be undone. @default 3 days */
  moveGrace: milliseconds.default(defaultTimings.moveGrace),
  /** How long a copy of a tenant's database lives by default. @default 1 day */
  branchTtl: milliseconds.default(defaultTimings.branchTtl),
  /**
   * How much later Neon itself deletes such a copy, in case the Temporal server was lost and nobody else did.
   * @default 1 h
   */
  branchExpiryMargin: milliseconds.default(defaultTimings.branchExpiryMargin),
  /**
   * How long the state of a database before a restore is kept. A running restore keeps the value of its start.
   * @default 7 days
   */
  keptState: milliseconds.default(defaultTimings.keptState),
  /**
   * The interval between two checks for tenants that are due for a backup, if a plan has backups. This is a worker
   * setting. @default 15 min
   */
  backUp: milliseconds.min(1_000).default(defaultTimings.backUp),
  /**
   * The longest time for a receiver's response to an event. This and the next two are worker settings. @default 15 s
   */
  eventTimeout: milliseconds.default(defaultTimings.eventTimeout),
  /** The wait before an unaccepted event is sent again; doubles each time, up to sixty times this. @default 5 s */
  eventRetry: milliseconds.default(defaultTimings.eventRetry),
  /** An endpoint that has accepted nothing for this long is paused, until a person resumes it. @default 3 days */
  eventPause: milliseconds.default(defaultTimings.eventPause),
  /**
   * How long a rollout and its outcome for each tenant are kept after its end. This and the next five are worker
   * settings. @default 90 days
   */
  keptRollouts: milliseconds.default(defaultTimings.keptRollouts),
  /** How long an event is kept that every endpoint has accepted: a replay reaches as far back. @default 30 days */
  keptEvents: milliseconds.default(defaultTimings.keptEvents),
  /**
   * How long usage is kept by the hour. Later the hours of a day are added up. At least 35 days: a month is read by
   * the hour. @default 62 days
   */
  keptUsageHours: milliseconds.min(3_024_000_000).default(defaultTimings.keptUsageHours),
  /** How long usage is kept at all, in whole months. At least 35 days. @default 400 days, which is 13 months */
  keptUsage: milliseconds.min(3_024_000_000).default(defaultTimings.keptUsage),
  /** How long the evidence of a drill is kept. A tenant's last one is kept until it is erased. @default 400 days */
  keptDrills: milliseconds.default(defaultTimings.keptDrills),
  /**
   * How long a tenant's history says which backups its policy took and deleted. All other entries are kept until it is
   * erased. @default 90 days
   */
  keptBackupHistory: milliseconds.default(defaultTimings.keptBackupHistory),
});

export type { Timings } from './default-timings.js';
