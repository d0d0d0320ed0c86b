import { z } from 'zod';
import { defaultTimings } from './default-timings.js';

const milliseconds = z.int().min(1);

/**
 * Every duration of a workflow, in milliseconds. A run carries those that the fleet had set when it was started, so a
 * change of the fleet's definition never changes a run that is under way, and tests run in milliseconds on the real server.
 */
export const timingsSchema = z.strictObject({
  /** The longest one call to Neon may take. Neon's own command line allows 60 s. @default 20 s */
  neonCall: milliseconds.default(defaultTimings.neonCall),
  /**
   * How long a project that Neon answers 423 for is left alone, where Neon does not say how long. It is the worker's, so
   * a change holds for runs under way too. @default 3 s
   */
  neonLocked: milliseconds.default(defaultTimings.neonLocked),
  /** Between two looks at a project's operations; grows to five times this. @default 1 s */
  operationPoll: milliseconds.default(defaultTimings.operationPoll),
  /** The age at which an operation of Neon's that is still not finished counts as stuck. @default 15 min */
  operationDeadline: milliseconds.default(defaultTimings.operationDeadline),
  /** How long an operation that failed may rest until it counts as failed for good: Neon may retry it. @default 1 min */
  failedOperationGrace: milliseconds.default(defaultTimings.failedOperationGrace),
  /**
   * How long after a create whose reply was lost a look may still miss the project, or the create itself may still be
   * at work behind Neon's edge. No second create is sent before. @default 30 s
   */
  createGrace: milliseconds.default(defaultTimings.createGrace),
  /**
   * How long after a create whose reply was lost it is looked for again, and once more after 24 times this: whatever has become
   * of the run or the tenant by then, what it made late is found, and goes. @default 1 h
   */
  createLook: milliseconds.default(defaultTimings.createLook),
  /**
   * Between two sweeps for what is due: copies and former projects whose time is up, creates in doubt, operations that
   * were ended by force. It is the worker's, so a change holds from a worker's start. @default 1 min
   */
  sweep: milliseconds.min(1_000).default(defaultTimings.sweep),
  /**
   * Between two reconciles, which compare the catalog with Neon, Temporal and the tenants' databases. It is the worker's, so a change
   * holds from a worker's start. @default 1 day
   */
  reconcile: milliseconds.default(defaultTimings.reconcile),
  /** A reconcile leaves alone what is younger, or changed more lately. It is the worker's. @default 1 day */
  reconcileAge: milliseconds.default(defaultTimings.reconcileAge),
  /** How long a project that no tenant has is kept, shut, before a reconcile deletes it. It is the worker's. @default 7 days */
  quarantine: milliseconds.default(defaultTimings.quarantine),
  /**
   * Between two readings of what tenants use, where the fleet meters it. Neon has new figures every 15 minutes. It is the worker's.
   * @default 15 min
   */
  meter: milliseconds.min(1_000).default(defaultTimings.meter),
  /**
   * How long after its end an hour's usage is read again: Neon says that it may take an hour until all of it is told. It is the
   * worker's. @default 6 h
   */
  meterLateness: milliseconds.max(518_400_000).default(defaultTimings.meterLateness),
  /** Between two attempts after a failure; grows to thirty times this. @default 1 s */
  retry: milliseconds.default(defaultTimings.retry),
  /**
   * How long a step on a tenant's database is worked on until it has failed: its attempts and the pauses between them. As
   * for all deadlines, the time in which no worker is there does not count, and an undo has none. @default 1 min
   */
  databaseDeadline: milliseconds.default(defaultTimings.databaseDeadline),
  /** The longest that one attempt of a tenant's migrations may take, and all that fail together. @default 15 min */
  migrationsDeadline: milliseconds.default(defaultTimings.migrationsDeadline),
  /** How long one statement of a migration may take. It is the worker's, and a file may set another. @default 10 min */
  migrationStatement: milliseconds.default(defaultTimings.migrationStatement),
  /**
   * How long a migration waits for a lock before it lets go and tries again: whoever comes after it waits behind it. It is the
   * worker's, and does not hold for a file without a transaction. @default 1 s
   */
  migrationLock: milliseconds.default(defaultTimings.migrationLock),
  /** A worker that was silent for this long in the middle of a long step is taken for dead. @default 15 s */
  heartbeat: milliseconds.default(defaultTimings.heartbeat),
  /**
   * How long a workflow task may be in a worker's hands. A worker that dies with one holds the run up for this long.
   * @default 5 s
   */
  workflowTask: milliseconds.default(defaultTimings.workflowTask),
  /** A step on the catalog or on a tenant's database that takes longer is tried again. @default 15 s */
  shortStep: milliseconds.default(defaultTimings.shortStep),
  /** The longest that one call of a hook may take. @default 5 min */
  hook: milliseconds.default(defaultTimings.hook),
  /** How long a hook that fails is worked on. @default 15 min */
  hookDeadline: milliseconds.default(defaultTimings.hookDeadline),
  /**
   * How long a step that needs a plan or a hook waits for a worker whose fleet has it, from the first time that a worker
   * without it took the step. It is the worker's, so a change holds for runs under way too. @default 10 min
   */
  deployGrace: milliseconds.default(defaultTimings.deployGrace),
  /**
   * A build of the application that was not seen for this long no longer holds back contracts that are newer than it. Its processes say
   * that they are there every minute. It is the worker's, so a change holds for runs under way too. @default 1 h
   */
  buildSilence: milliseconds.min(120_000).default(defaultTimings.buildSilence),
  /**
   * How long the old login and the new one both work while credentials rotate. Whatever connects for the tenant must
   * have asked for the connection string again by then. @default 5 min
   */
  rotationOverlap: milliseconds.default(defaultTimings.rotationOverlap),
  /** How long an offboarding can be undone, before anything is deleted. @default 7 days */
  offboardingGrace: milliseconds.default(defaultTimings.offboardingGrace),
  /** The longest that the dump of a tenant's database may take. @default 4 h */
  exportDeadline: milliseconds.default(defaultTimings.exportDeadline),
  /** The longest that copying a database into another project may take, and comparing the two. @default 1 h each */
  copyDeadline: milliseconds.default(defaultTimings.copyDeadline),
  /** How long the project that a tenant was moved away from is kept, closed, so that the move can be undone. @default 3 days */
  moveGrace: milliseconds.default(defaultTimings.moveGrace),
  /** How long a copy of a tenant's database lives when nothing is said. @default 1 day */
  branchTtl: milliseconds.default(defaultTimings.branchTtl),
  /**
   * How much later Neon itself deletes such a copy, should nobody have done it: if the server that keeps the time were
   * lost. @default 1 h
   */
  branchExpiryMargin: milliseconds.default(defaultTimings.branchExpiryMargin),
  /** How long what a database held before a restore is kept. A restore that is under way keeps its own. @default 7 days */
  keptState: milliseconds.default(defaultTimings.keptState),
  /** Between two looks for tenants that are due for a backup, where a plan has any. It is the worker's. @default 15 min */
  backUp: milliseconds.min(1_000).default(defaultTimings.backUp),
  /** How long a receiver of events may take to answer. It is the worker's, as the two that follow. @default 15 s */
  eventTimeout: milliseconds.default(defaultTimings.eventTimeout),
  /** When an event that was not accepted is sent again; twice as long each time, up to sixty times this. @default 5 s */
  eventRetry: milliseconds.default(defaultTimings.eventRetry),
  /** An endpoint that has accepted nothing for so long is paused, until a person resumes it. @default 3 days */
  eventPause: milliseconds.default(defaultTimings.eventPause),
});

export type { Timings } from './default-timings.js';
