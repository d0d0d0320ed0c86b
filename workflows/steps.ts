import {
  ActivityCancellationType,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  CatalogActivities,
  CodeActivities,
  DatabaseActivities,
  HeavyActivities,
  NeonActivities,
} from '../activities/activities.js';
import type { FleetTimings } from '../activities/read-timings.js';
import type { Timed } from '../activities/tenant-step.js';
import { type OwnTimings, ownTimings, wholeTimings } from '../tenancy/default-timings.js';
import { type CompanionQueue, companionQueue } from '../tenancy/naming.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { Timings } from '../tenancy/timings.js';
import { limited, localFirst, reporting } from './limits.js';
import type { ProgressTracker } from './progress.js';

/** What the deadlines of steps depend on. */
export interface Undoing {
  isRunning(): boolean;
}

export interface StepOptions {
  readonly undo?: Undoing;
  /** What of it has changed goes with the next activity, into the catalog. @default it is not reported */
  readonly progress?: Pick<ProgressTracker, 'unreported'>;
  /** How often a step is tried. @default as often as it takes */
  readonly attempts?: number;
}

const forwards: Undoing = { isRunning: () => false };

/**
 * The activities as workflows call them, each with the line that the Temporal UI shows for it, its queue, and its limits.
 *
 * A step is limited by the time that is worked for it, never by a number of attempts: waiting on Neon is a retry too. No
 * step has Temporal's own deadline, which would count the wait for a worker. An attempt of a long step may take as long as
 * the step, for after a worker was lost in the middle the next attempt begins anew. Calls to Neon have no deadline at all.
 */
export function stepsOf(given: OwnTimings, { undo = forwards, progress, attempts }: StepOptions = {}) {
  const timings = wholeTimings(given);
  const queue = (of: CompanionQueue) => companionQueue(workflowInfo().taskQueue, of);
  const common = {
    retry: {
      initialInterval: timings.retry,
      backoffCoefficient: 2,
      maximumInterval: timings.retry * 30,
      ...(attempts === undefined ? {} : { maximumAttempts: attempts }),
    },
    // Undo begins only once the step in hand has come to its end, or the two would cross.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  };
  const unlessUndoing = (deadlineMs: number) => () => (undo.isRunning() ? undefined : deadlineMs);
  // Above the HTTP client's own limit, so that an attempt says itself what went wrong.
  const neonAttempt = timings.neonCall * 1.5;
  const neon = (summary: string, { notes = false } = {}) =>
    proxyActivities<NeonActivities>({
      ...common,
      taskQueue: queue('neon'),
      startToCloseTimeout: neonAttempt,
      // Only so that an attempt may leave what it did to the next: it is never noticed before the attempt's own end.
      ...(notes ? { heartbeatTimeout: neonAttempt } : {}),
      summary,
    });
  /** Asks Neon for the way into a database, and then works there. */
  const survey = (summary: string) =>
    limited(
      proxyActivities<NeonActivities>({
        ...common,
        taskQueue: queue('neon'),
        startToCloseTimeout: timings.neonCall + timings.shortStep,
        heartbeatTimeout: timings.neonCall + timings.shortStep,
        summary,
      }),
      unlessUndoing(timings.databaseDeadline),
    );
  const database = (summary: string, deadlineMs = unlessUndoing(timings.databaseDeadline)) =>
    limited(
      proxyActivities<DatabaseActivities>({
        ...common,
        taskQueue: queue('steps'),
        startToCloseTimeout: timings.shortStep,
        // Only so that an attempt may leave its account to the next: it is never noticed before the attempt's own end.
        heartbeatTimeout: timings.shortStep,
        summary,
      }),
      deadlineMs,
    );
  /** A step that the story, or its undo, does without where it cannot be done in time. */
  const attempt = (summary: string, deadlineMs: number = timings.databaseDeadline) =>
    database(summary, () => deadlineMs);
  const code = (summary: string, deadlineMs: number, attemptMs = deadlineMs) =>
    limited(
      proxyActivities<CodeActivities>({
        ...common,
        taskQueue: queue('code'),
        startToCloseTimeout: Math.min(attemptMs, deadlineMs),
        heartbeatTimeout: timings.heartbeat,
        summary,
      }),
      unlessUndoing(deadlineMs),
    );
  const heavy = (summary: string, deadlineMs: number) =>
    limited(
      proxyActivities<HeavyActivities>({
        ...common,
        taskQueue: queue('heavy'),
        startToCloseTimeout: deadlineMs,
        heartbeatTimeout: timings.heartbeat,
        summary,
      }),
      unlessUndoing(deadlineMs),
    );
  /**
   * A step of the catalog that decides what has become of the tenant, or asks a store of secrets. It is a real activity:
   * that it was asked for is on record before it is done. A local one may have been done by a worker that died before it
   * could say so, and a cancellation that came meanwhile would then undo what the catalog already calls done.
   */
  const decision = (summary: string) =>
    proxyActivities<CatalogActivities>({
      ...common,
      taskQueue: queue('steps'),
      startToCloseTimeout: timings.shortStep,
      summary,
    });
  /**
   * A step of the catalog that needs a plan of the fleet. It is a real activity too: where this worker's release does not have
   * the plan, only the server can give the next attempt to a worker that does.
   */
  const ofTheFleet = decision;
  /** A cheap step of the catalog, which may be repeated. */
  const catalog = (summary: string) =>
    localFirst(
      proxyLocalActivities<CatalogActivities>({
        ...common,
        // Within the task of the workflow, which would have to be kept alive otherwise.
        startToCloseTimeout: Math.min(timings.shortStep, timings.workflowTask),
        retry: { maximumAttempts: 1 },
        summary,
      }),
      decision(summary),
    );

  /** The same step, told the durations that it reads. */
  const timed =
    <Names extends keyof Timings, Input extends Timed<Names>, Result>(
      call: (input: Input) => Promise<Result>,
      ...names: readonly Names[]
    ) =>
    (input: Omit<Input, 'timings'>): Promise<Result> =>
      call({ ...input, timings: ownTimings(timings, names) } as Input);

  const activities = {
    beginOnboarding: decision('Take the tenant for this run').beginOnboarding,
    createProject: timed(
      neon('Create the Neon project, and wait until it is there', { notes: true }).createProject,
      'createGrace',
      'operationPoll',
      'operationDeadline',
      'failedOperationGrace',
    ),
    awaitOperations: timed(
      neon("Wait for Neon's operations on the project").awaitOperations,
      'operationPoll',
      'operationDeadline',
      'failedOperationGrace',
    ),
    fetchOwnerCredential: neon("Fetch the owner's credential again").fetchOwnerCredential,
    probeDatabase: database('Log in as the owner').probeDatabase,
    probeBriefly: attempt(
      'Log in as the owner, if there is room',
      Math.min(timings.shortStep, timings.databaseDeadline),
    ).probeDatabase,
    prepareDatabase: timed(
      code(
        "Migrate the database, and make the tenant's own role",
        timings.migrationsDeadline + timings.databaseDeadline,
      ).prepareDatabase,
      'databaseDeadline',
      'migrationsDeadline',
    ),
    migrateDatabase: code("Apply the fleet's migrations", timings.migrationsDeadline).migrateDatabase,
    createAppRole: database("Create the tenant's own limited role").createAppRole,
    dropAppRole: database('Drop the roles that were made').dropAppRole,
    verifyAppRole: database("Log in as the tenant's own role").verifyAppRole,
    verifyReach: database('Look that it reaches every table').verifyReach,
    noteLogins: database('Note who else can log in').noteLogins,
    verifyLogins: database('Look that no stranger can log in').verifyLogins,
    findProjects: timed(neon('Look for projects of that name').findProjects, 'createGrace', 'operationPoll'),
    deleteProject: neon('Delete a project').deleteProject,
    verifyGone: timed(neon('See that the project is gone').verifyGone, 'operationPoll'),
    inspectProject: neon('Look at the project').inspectProject,
    checkEndpoint: neon('Look at its compute').checkEndpoint,
    findDatabase: neon('Look at its databases').findDatabase,
    surveyDatabase: survey('Look into the database, and change nothing').surveyDatabase,
    findEndpoints: neon("List the project's computes").findEndpoints,
    suspendEndpoint: neon('Put a compute to sleep').suspendEndpoint,
    awaitIdle: timed(
      neon('Wait until Neon does nothing on the project').awaitIdle,
      'operationPoll',
      'operationDeadline',
      'failedOperationGrace',
    ),
    findBranches: neon("List the project's branches").findBranches,
    createBranch: neon('Make a copy of the live branch').createBranch,
    deleteBranch: neon('Delete a branch').deleteBranch,
    renameBranch: neon('Name the branch that keeps the state before').renameBranch,
    restoreBranch: neon('Give the live branch other data').restoreBranch,
    restoreSnapshot: neon("Put a snapshot in the live branch's place").restoreSnapshot,
    sealBranchLogin: neon("Seal a password for the copy's own login").sealBranchLogin,
    takeSnapshot: neon('Take a snapshot of the live branch').takeSnapshot,
    findSnapshots: neon("Look for the tenant's snapshot").findSnapshots,
    hasSnapshot: neon('Look whether Neon has the snapshot').hasSnapshot,
    deleteSnapshot: neon('Delete a snapshot').deleteSnapshot,
    readProjectSettings: neon("Read the project's settings").readProjectSettings,
    changeProjectSettings: neon("Set the plan's quota and retention").changeProjectSettings,
    readComputeSettings: neon("Read the compute's settings").readComputeSettings,
    changeComputeSettings: neon("Set the plan's compute").changeComputeSettings,
    // What the tenant is brought back with, to the state that it was in last.
    lookAtQuota: neon('Look at the quota').lookAtQuota,
    lowerQuota: neon('Lower the quota, so that nobody wakes the compute').lowerQuota,
    restoreQuota: neon("Restore the plan's quota").restoreQuota,
    liftQuota: neon('Lift the quota, to get in').liftQuota,
    lookAtCompute: neon('Look whether the credentials lead to a compute').lookAtCompute,
    makeCompute: neon('Make the compute that is gone').makeCompute,
    followCompute: neon('Let the credentials lead to the new compute').followCompute,
    logInAsOwner: database('Log in as the owner, or be refused').logInAsOwner,
    tryToLogInAsOwner: attempt('Log in as the owner, if it can be done').logInAsOwner,
    checkLogins: database('Look who gets in, and what they may do').checkLogins,
    mendLogins: database('Open the published login, and it alone').mendLogins,
    tryToCloseLogin: attempt('Close the login, if it can be done').closeLogin,
    tryToGetIn: attempt('Try to connect, if anybody answers').verifyShutOut,
    plannedSettings: catalog('Look up what the plan sets').plannedSettings,

    resetOwnerPassword: neon("Have Neon make the owner's password anew").resetOwnerPassword,
    closeLogin: database('Close the login, and end its connections').closeLogin,
    verifyShutOut: database('Try to connect, and be refused').verifyShutOut,
    readSchemaVersion: database('Read which migrations the database has').readSchemaVersion,
    openBranchLogin: database("Make the copy's own login, and close the tenant's").openBranchLogin,
    verifyBranchLogin: database('Log in on the copy').verifyBranchLogin,
    createNextLogin: database('Make the login that takes the place of the present one').createNextLogin,
    retireLogin: database('Close the login whose place was taken').retireLogin,
    probeProject: database('Log in there as the owner').probeProject,
    closeWrites: database("Keep the tenant's own role from writing").closeWrites,
    openWrites: database("Let the tenant's own role write").openWrites,
    closeProject: database('Close the login there, and end its connections').closeProject,
    verifyWritesRefused: database('Try to write, and be refused').verifyWritesRefused,
    verifyWritesOpen: database("Log in as the tenant's own role, free to write").verifyWritesOpen,
    tryCopy: heavy('Copy the schema there, to see that it can be', timings.copyDeadline).copyDatabase,
    copyDatabase: heavy('Copy the database', timings.copyDeadline).copyDatabase,
    compareDatabases: heavy('Compare the database with its copy', timings.copyDeadline).compareDatabases,
    finishCopy: database('Leave the group that copying needed').finishCopy,
    runHook: code("Call the fleet's own hook", timings.hookDeadline, timings.hook).runHook,
    checkExportFolder: database('Look that an export can be written').checkExportFolder,
    exportDatabase: heavy("Dump the tenant's database", timings.exportDeadline).exportDatabase,
    removeExport: database('Remove the export').removeExport,
    condemnProjects: catalog('Note which projects are to go').condemnProjects,
    projectNames: catalog('Look up every project that there ever was').projectNames,
    settleProject: catalog('Note that none of that name is left').settleProject,
    findFormerProject: catalog('Look where the tenant was before').findFormerProject,
    switchProject: timed(decision("Make the project the tenant's live one").switchProject, 'moveGrace'),
    noteHistory: catalog("Add to the tenant's history").noteHistory,
    checkName: catalog('Check the name').checkName,
    intendResource: catalog('Note what is about to be made').intendResource,
    noteResource: catalog('Note what is kept at Neon').noteResource,
    forgetResource: catalog('Forget what is no longer kept at Neon').forgetResource,
    findRestoreSource: decision('Look what there is to restore').findRestoreSource,
    findDue: catalog('Look what is due').findDue,
    claimProject: catalog('Take a project that is due').claimProject,
    postponeDuty: catalog('Note what it failed of').postponeDuty,
    settleIntended: catalog('Note what has become of it').settleIntended,
    giveUpOnboarding: decision('Give up an onboarding that was ended by force').giveUpOnboarding,
    forgetBranch: decision('Forget the copy and its secret').forgetBranch,
    forgetSnapshot: decision('Forget the snapshot').forgetSnapshot,
    readPlan: ofTheFleet('Look up the plan').readPlan,
    publishLogin: decision('Publish the new credential').publishLogin,
    beginOperation: decision('Take the tenant for this run').beginOperation,
    succeedOperation: decision('Let go of the tenant, the operation done').succeedOperation,
    failOperation: decision('Let go of the tenant, the operation undone').failOperation,
    checkAdoption: catalog('Look whether the project can be taken').checkAdoption,
    beginAdoption: ofTheFleet('Take the tenant and the project for this run').beginAdoption,
    forgetSecrets: decision("Forget the tenant's credentials").forgetSecrets,
    forgetProject: decision('Forget the project and its secrets').forgetProject,
    noteProgress: catalog('Note how far it has come').noteProgress,
  };
  return {
    /** The run's durations. */
    timings,
    ...(progress === undefined ? activities : reporting(activities, progress)),
  };
}

export type Steps = ReturnType<typeof stepsOf>;

/** The durations of the fleet whose worker does this, for a run that was not given any. */
export function readTimings(tenant: {
  readonly fleet: string;
  readonly id: TenantId;
}): Promise<FleetTimings> {
  const { shortStep, retry } = wholeTimings({});
  const { readTimings } = proxyActivities<CatalogActivities>({
    taskQueue: companionQueue(workflowInfo().taskQueue, 'steps'),
    startToCloseTimeout: shortStep,
    retry: { initialInterval: retry },
    summary: "Read the fleet's durations",
  });
  return readTimings({ tenant });
}
