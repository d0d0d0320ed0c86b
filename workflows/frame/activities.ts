import {
  ActivityCancellationType,
  type ActivityOptions,
  proxyActivities,
  proxyLocalActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  CatalogActivities,
  CodeActivities,
  ConsumptionActivities,
  DatabaseActivities,
  HeavyActivities,
  NeonActivities,
} from '../../activities/activities.js';
import type { FleetTimings } from '../../activities/catalog/read-timings.js';
import type { Timed } from '../../activities/tenant-input.js';
import { type OwnTimings, ownTimings, wholeTimings } from '../../tenancy/default-timings.js';
import { type CompanionQueue, companionQueue } from '../../tenancy/naming.js';
import { priorities } from '../../tenancy/priorities.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import type { Timings } from '../../tenancy/timings.js';
import { cancelledThoughLost, limited, localFirst, reporting, whileUndoing } from './limits.js';
import type { ProgressTracker } from './progress.js';

/** Whether the run is undoing: while it is, steps have no deadline. */
export interface Undoing {
  isRunning(): boolean;
}

export interface StepOptions {
  readonly undo?: Undoing;
  /**
   * Changes of the steps travel to the catalog with the next activity, and the run's details show the
   * activities and waits in progress. @default no reports
   */
  readonly progress?: Pick<ProgressTracker, 'calls' | 'unreported' | 'waitsFor'>;
  /** How many attempts a step gets. @default unlimited */
  readonly attempts?: number;
}

const forwards: Undoing = { isRunning: () => false };

/**
 * The activities as workflows call them, each with its summary in the Temporal UI, its queue, and its limits.
 *
 * A step is limited by the time spent working on it, never by a number of attempts: waiting on Neon is a
 * retry too. No step has Temporal's own deadline, which would count the wait for a worker. One attempt of a
 * long step may take as long as the whole step, because after the loss of a worker the next attempt starts
 * from the beginning. Calls to Neon have no deadline at all.
 */
export function activitiesOf(given: OwnTimings, { undo = forwards, progress, attempts }: StepOptions = {}) {
  const timings = wholeTimings(given);
  const queue = (of: CompanionQueue) => companionQueue(workflowInfo().taskQueue, of);
  const common = {
    retry: {
      initialInterval: timings.retry,
      backoffCoefficient: 2,
      maximumInterval: timings.retry * 30,
      ...(attempts === undefined ? {} : { maximumAttempts: attempts }),
    },
    // Undo begins only once the running step has ended, or the two would interleave.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  };
  /** What an undo begins comes before what may have to be undone as well, in every queue. */
  const isRaised = () =>
    undo.isRunning() && (workflowInfo().priority?.priorityKey ?? priorities.usual) > priorities.undo;
  const scheduled = <Of extends object>(options: ActivityOptions) =>
    whileUndoing(proxyActivities<Of>(options), isRaised, () =>
      proxyActivities<Of>({ ...options, priority: { priorityKey: priorities.undo } }),
    );
  const unlessUndoing = (deadlineMs: number) => () => (undo.isRunning() ? undefined : deadlineMs);
  // Longer than the HTTP client's own timeout, so that an attempt reports its own error.
  const neonAttempt = timings.neonCall * 1.5;
  const neon = (summary: string, { notes = false } = {}) =>
    scheduled<NeonActivities>({
      ...common,
      taskQueue: queue('neon'),
      startToCloseTimeout: neonAttempt,
      // Only so that an attempt can pass on what it did to the next one; the timeout never fires before the
      // attempt's own end.
      ...(notes ? { heartbeatTimeout: neonAttempt } : {}),
      summary,
    });
  /** A call that Neon limits apart from all others. */
  const consumption = (summary: string) =>
    scheduled<ConsumptionActivities>({
      ...common,
      taskQueue: queue('consumption'),
      startToCloseTimeout: neonAttempt,
      summary,
    });
  /** Asks Neon for the credentials of a database, and then works in the database. */
  const survey = (summary: string) =>
    limited(
      scheduled<NeonActivities>({
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
      scheduled<DatabaseActivities>({
        ...common,
        taskQueue: queue('steps'),
        startToCloseTimeout: timings.shortStep,
        // Only so that an attempt can pass on its work time to the next one; the timeout never fires before
        // the attempt's own end.
        heartbeatTimeout: timings.shortStep,
        summary,
      }),
      deadlineMs,
    );
  /** A step that an operation, or its undo, skips if it cannot be done in time. */
  const attempt = (summary: string, deadlineMs: number = timings.databaseDeadline) =>
    database(summary, () => deadlineMs);
  const code = (summary: string, deadlineMs: number, attemptMs = deadlineMs) =>
    limited(
      scheduled<CodeActivities>({
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
      scheduled<HeavyActivities>({
        ...common,
        taskQueue: queue('heavy'),
        startToCloseTimeout: deadlineMs,
        heartbeatTimeout: timings.heartbeat,
        summary,
      }),
      unlessUndoing(deadlineMs),
    );
  /**
   * A catalog step that settles the tenant's state, or that asks a secret store. It is a regular activity, so
   * that the history records the request before the work is done. A local activity may have run on a worker
   * that died before it could report; a cancellation in the meantime would then undo what the catalog already
   * calls done.
   */
  const decision = (summary: string) =>
    scheduled<CatalogActivities>({
      ...common,
      taskQueue: queue('steps'),
      startToCloseTimeout: timings.shortStep,
      summary,
    });
  /** The same for any number of tenants: it lives for as long as it heartbeats. */
  const enrolling = (summary: string) =>
    scheduled<CatalogActivities>({
      ...common,
      taskQueue: queue('steps'),
      startToCloseTimeout: timings.migrationsDeadline,
      heartbeatTimeout: timings.shortStep + timings.heartbeat,
      summary,
    });
  /**
   * Sends events to one endpoint for as long as one message may take, plus the time for the last message. It
   * runs on the workflows' queue, where no operation's step waits behind a slow receiver.
   */
  const sending = (summary: string) =>
    scheduled<CatalogActivities>({
      ...common,
      startToCloseTimeout: 2 * timings.eventTimeout + 4 * timings.shortStep,
      heartbeatTimeout: timings.heartbeat,
      summary,
    });
  /**
   * A catalog step that needs a plan of the fleet. It is a regular activity too: if this worker's release
   * lacks the plan, only the server can give the next attempt to a worker that has it.
   */
  const ofTheFleet = decision;
  /** A cheap catalog step that is safe to repeat. */
  const catalog = (summary: string) =>
    localFirst(
      proxyLocalActivities<CatalogActivities>({
        ...common,
        // It must fit into the workflow task, which would need heartbeats otherwise.
        startToCloseTimeout: Math.min(timings.shortStep, timings.workflowTask),
        retry: { maximumAttempts: 1 },
        summary,
      }),
      decision(summary),
    );

  /** The same step, with the durations that it reads added to its input. */
  const timed =
    <Names extends keyof Timings, Input extends Timed<Names>, Result>(
      call: (input: Input) => Promise<Result>,
      ...names: readonly Names[]
    ) =>
    (input: Omit<Input, 'timings'>): Promise<Result> =>
      call({ ...input, timings: ownTimings(timings, names) } as Input);

  const activities = {
    beginOnboarding: decision('Claim the tenant for this run').beginOnboarding,
    createProject: timed(
      neon('Create the Neon project and wait until it is ready', { notes: true }).createProject,
      'createGrace',
      'operationPoll',
      'operationDeadline',
      'failedOperationGrace',
    ),
    beginPoolTurn: ofTheFleet('Find what the pool lacks').beginPoolTurn,
    createPoolProject: timed(
      neon('Create a Neon project ahead of its tenant', { notes: true }).createPoolProject,
      'createGrace',
      'operationPoll',
      'operationDeadline',
      'failedOperationGrace',
    ),
    preparePoolProject: timed(
      code('Migrate the database', timings.migrationsDeadline + timings.databaseDeadline).preparePoolProject,
      'databaseDeadline',
      'migrationsDeadline',
    ),
    publishPoolProject: decision('Let tenants take the project').publishPoolProject,
    condemnPoolProject: decision('Have the project deleted').condemnPoolProject,
    notePoolTrouble: catalog('Record whether the pool could be filled').notePoolTrouble,
    awaitOperations: timed(
      neon("Wait for Neon's operations on the project").awaitOperations,
      'operationPoll',
      'operationDeadline',
      'failedOperationGrace',
    ),
    fetchOwnerCredential: neon("Fetch the owner's credential from Neon").fetchOwnerCredential,
    probeDatabase: database('Log in as the owner').probeDatabase,
    probeBriefly: attempt(
      'Log in as the owner, if a connection is free',
      Math.min(timings.shortStep, timings.databaseDeadline),
    ).probeDatabase,
    prepareDatabase: timed(
      code(
        "Migrate the database and create the tenant's role",
        timings.migrationsDeadline + timings.databaseDeadline,
      ).prepareDatabase,
      'databaseDeadline',
      'migrationsDeadline',
    ),
    migrateDatabase: code("Apply the fleet's migrations", timings.migrationsDeadline).migrateDatabase,
    applyMigrations: code("Apply the fleet's migrations", timings.migrationsDeadline).applyMigrations,
    planRehearsal: code('Find the migrations that the tenant lacks', timings.shortStep).planRehearsal,
    rehearseMigrations: code('Apply the migrations to the branch', timings.migrationsDeadline)
      .rehearseMigrations,
    isAsleep: neon("Look whether the project's computes sleep").isAsleep,
    createAppRole: database("Create the tenant's limited role").createAppRole,
    dropAppRole: database('Drop the roles that this run created').dropAppRole,
    verifyAppRole: database("Log in as the tenant's role").verifyAppRole,
    verifyReach: database('Check that the role reaches every table').verifyReach,
    noteLogins: database('Record which other logins exist').noteLogins,
    verifyLogins: database('Check that no unknown login can connect').verifyLogins,
    findProjects: timed(neon('Find projects by name at Neon').findProjects, 'createGrace', 'operationPoll'),
    deleteProject: neon('Delete the project').deleteProject,
    verifyGone: timed(neon('Check that the project is gone').verifyGone, 'operationPoll'),
    inspectProject: neon('Read the project at Neon').inspectProject,
    checkEndpoint: neon("Read the project's compute").checkEndpoint,
    findDatabase: neon("List the project's databases").findDatabase,
    surveyDatabase: survey('Inspect the database without changing it').surveyDatabase,
    findEndpoints: neon("List the project's computes").findEndpoints,
    suspendEndpoint: neon('Suspend the compute').suspendEndpoint,
    awaitIdle: timed(
      neon('Wait until Neon runs no operation on the project').awaitIdle,
      'operationPoll',
      'operationDeadline',
      'failedOperationGrace',
    ),
    findBranches: neon("List the project's branches").findBranches,
    createBranch: neon('Create a branch of the live database').createBranch,
    deleteBranch: neon('Delete the branch').deleteBranch,
    findBranchHost: neon('Find where the branch answers').findBranchHost,
    resetBranch: neon('Reset the branch to what the live one has').restoreBranch,
    renameBranch: neon('Rename the branch that keeps the previous state').renameBranch,
    restoreBranch: neon('Restore the live branch').restoreBranch,
    restoreToBranch: neon('Restore the snapshot to a branch of its own').restoreToBranch,
    checkRestored: code('Look into the restored database', timings.copyDeadline).checkRestored,
    restoreSnapshot: neon('Restore the snapshot into the live branch').restoreSnapshot,
    sealBranchLogin: neon("Seal a password for the branch's login").sealBranchLogin,
    takeSnapshot: neon('Take a snapshot of the live branch').takeSnapshot,
    findSnapshots: neon("Find the tenant's snapshot by name").findSnapshots,
    hasSnapshot: neon('Check that Neon has the snapshot').hasSnapshot,
    deleteSnapshot: neon('Delete the snapshot').deleteSnapshot,
    readProjectSettings: neon("Read the project's settings").readProjectSettings,
    changeProjectSettings: neon("Set the plan's quota and retention").changeProjectSettings,
    readComputeSettings: neon("Read the compute's settings").readComputeSettings,
    changeComputeSettings: neon("Set the plan's compute").changeComputeSettings,
    // The activities that bring the tenant back to its last settled state.
    lookAtQuota: neon('Read the quota').lookAtQuota,
    lowerQuota: neon('Lower the quota so that nobody can wake the compute').lowerQuota,
    restoreQuota: neon("Restore the plan's quota").restoreQuota,
    liftQuota: neon('Lift the quota so that the owner can log in').liftQuota,
    lookAtCompute: neon('Check that the credentials lead to a compute').lookAtCompute,
    makeCompute: neon('Create the missing compute').makeCompute,
    followCompute: neon('Point the credentials at the new compute').followCompute,
    logInAsOwner: database('Try to log in as the owner').logInAsOwner,
    tryToLogInAsOwner: attempt('Log in as the owner, if possible').logInAsOwner,
    checkLogins: database('Check who can log in, and with which rights').checkLogins,
    mendLogins: database('Open the published login and close the other one').mendLogins,
    tryToCloseLogin: attempt('Close the login, if possible').closeLogin,
    tryToGetIn: attempt('Check that a connection is refused, if the database answers').verifyShutOut,
    plannedSettings: catalog("Look up the plan's settings").plannedSettings,

    resetOwnerPassword: neon("Reset the owner's password at Neon").resetOwnerPassword,
    closeLogin: database('Close the login and end its connections').closeLogin,
    verifyShutOut: database('Check that a connection is refused').verifyShutOut,
    readSchemaVersion: database("Read the database's schema version").readSchemaVersion,
    openBranchLogin: database("Create the branch's login and close the tenant's").openBranchLogin,
    verifyBranchLogin: database('Log in to the branch').verifyBranchLogin,
    createNextLogin: database('Create the next login').createNextLogin,
    retireLogin: database('Close the previous login').retireLogin,
    probeProject: database('Log in to the other project as the owner').probeProject,
    closeWrites: database("Stop writes by the tenant's role").closeWrites,
    openWrites: database("Allow writes by the tenant's role").openWrites,
    closeProject: database('Close the login in the other project and end its connections').closeProject,
    verifyWritesRefused: database('Check that a write is refused').verifyWritesRefused,
    verifyWritesOpen: database("Log in as the tenant's role and check that it may write").verifyWritesOpen,
    tryCopy: heavy('Try the copy with the schema alone', timings.copyDeadline).copyDatabase,
    copyDatabase: heavy('Copy the database to the next project', timings.copyDeadline).copyDatabase,
    compareDatabases: heavy('Compare the database with its copy', timings.copyDeadline).compareDatabases,
    finishCopy: database('Leave the role that the copy needed').finishCopy,
    runHook: code("Call the fleet's hook", timings.hookDeadline, timings.hook).runHook,
    checkExportFolder: database('Check that an export can be written').checkExportFolder,
    exportDatabase: heavy("Dump the tenant's database", timings.exportDeadline).exportDatabase,
    removeExport: database('Remove the export').removeExport,
    condemnProjects: catalog('Mark projects for deletion').condemnProjects,
    projectNames: catalog('List every project name the tenant ever had').projectNames,
    settleProject: catalog('Record that no project of that name is left').settleProject,
    findFormerProject: catalog('Find the project that the tenant left').findFormerProject,
    switchProject: timed(decision('Make the next project the live one').switchProject, 'moveGrace'),
    noteHistory: catalog("Add to the tenant's history").noteHistory,
    checkName: catalog('Check the name').checkName,
    intendResource: catalog('Record what is about to be created').intendResource,
    noteResource: catalog('Record what was created at Neon').noteResource,
    forgetResource: catalog('Forget what is gone from Neon').forgetResource,
    findRestoreSource: decision('Find what to restore from').findRestoreSource,
    enrolTenants: enrolling('Enrol the tenants that are meant').enrolTenants,
    pauseRollout: decision('Record that it is paused').pauseRollout,
    takeRolloutTurn: decision('Record who is done, and take who is next').takeRolloutTurn,
    statusOfRolloutRun: decision('Find out what became of the workflow').statusOfRolloutRun,
    sendEvents: sending('Send events').sendEvents,
    findDue: catalog('Find what is due').findDue,
    prune: decision('Delete records that were kept long enough').prune,
    claimProject: catalog('Claim a project that is due').claimProject,
    postponeDuty: catalog('Record the failure and try again later').postponeDuty,
    settleIntended: catalog('Record whether it was created').settleIntended,
    giveUpOnboarding: decision('Fail an onboarding whose run was terminated').giveUpOnboarding,
    forgetBranch: decision('Forget the branch and its secret').forgetBranch,
    forgetKept: decision('Forget what is gone').forgetKept,
    keepLonger: catalog('Keep it for longer').keepLonger,
    findBackupsDue: ofTheFleet('Find who is due for a backup').findBackupsDue,
    noteSnapshot: catalog('Record the snapshot').noteSnapshot,
    chooseDrill: decision('Choose a tenant for the drill').chooseDrill,
    findSnapshotToProve: decision('Find the snapshot').findSnapshotToProve,
    noteDrill: decision('Record what the drill has found').noteDrill,
    beginReconcile: decision('Begin to reconcile, unless another run does').beginReconcile,
    listInventory: neon("List Neon's projects").listInventory,
    whatToLookInto: ofTheFleet('Find what to look into').whatToLookInto,
    askForProject: neon('Ask for a project that the list lacks').askForProject,
    lookAtComputes: neon("Look at the tenant's compute").lookAtComputes,
    lookIntoDatabase: attempt("Look into the tenant's database").lookIntoDatabase,
    compareInventory: ofTheFleet('Compare what is on record with what is there').compareInventory,
    takeIntoQuarantine: decision('Take the project into quarantine').takeIntoQuarantine,
    shutQuarantined: neon('Lower the quota so that nobody can wake the compute').shutQuarantined,
    noteShut: decision('Record that nobody can wake it').noteShut,
    deleteQuarantined: neon('Delete a project whose quarantine is over').deleteQuarantined,
    releaseQuarantined: neon('Give the project its quota back').releaseQuarantined,
    recoverProject: neon('Recover the project that was deleted').recoverProject,
    noteMend: decision('Record what became of it').noteMend,
    endReconcile: decision('Record what was seen').endReconcile,
    checkBudgets: decision('Compare what was spent with the budgets').checkBudgets,
    warnOfBudget: code('Warn of a budget', timings.hookDeadline, timings.hook).warnOfBudget,
    meterUsage: consumption('Read what some projects have used').meterUsage,
    readPlan: ofTheFleet('Look up the plan').readPlan,
    publishLogin: decision('Publish the new login').publishLogin,
    beginOperation: decision('Claim the tenant for this run').beginOperation,
    succeedOperation: decision('Release the tenant: the operation succeeded').succeedOperation,
    failOperation: decision('Release the tenant: the operation was undone').failOperation,
    checkAdoption: catalog('Check that the project can be adopted').checkAdoption,
    beginAdoption: ofTheFleet('Claim the tenant and the project for this run').beginAdoption,
    forgetSecrets: decision("Forget the tenant's credentials").forgetSecrets,
    forgetProject: decision('Forget the project and its secrets').forgetProject,
    noteProgress: catalog('Record progress').noteProgress,
  };
  return {
    timings,
    /**
     * Waits between two activities and shows the reason in the run's details, where it completes the sentence
     * "It waits: ".
     */
    async pause(ms: number, why: string): Promise<void> {
      const over = progress?.waitsFor({ why, until: new Date(Date.now() + ms).toISOString() });
      try {
        await sleep(ms);
      } finally {
        over?.();
      }
    },
    ...cancelledThoughLost(progress === undefined ? activities : reporting(activities, progress)),
  };
}

export type Activities = ReturnType<typeof activitiesOf>;

/** The timings of the worker's fleet, for a run that was started without timings. */
export function readTimings(tenant: {
  readonly fleet: string;
  readonly id: TenantId;
}): Promise<FleetTimings> {
  const { shortStep, retry } = wholeTimings({});
  const { readTimings } = proxyActivities<CatalogActivities>({
    taskQueue: companionQueue(workflowInfo().taskQueue, 'steps'),
    startToCloseTimeout: shortStep,
    retry: { initialInterval: retry },
    summary: "Read the fleet's timings",
  });
  return readTimings({ tenant });
}
