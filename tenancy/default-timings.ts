/** The default timings, in milliseconds. They are separate from their schema because workflows import them. */
export const defaultTimings = {
  neonCall: 20_000,
  neonLocked: 3_000,
  operationPoll: 1_000,
  operationDeadline: 900_000,
  failedOperationGrace: 60_000,
  createGrace: 30_000,
  createLook: 3_600_000,
  sweep: 60_000,
  reconcile: 86_400_000,
  reconcileAge: 86_400_000,
  quarantine: 604_800_000,
  meter: 900_000,
  meterLateness: 21_600_000,
  retry: 1_000,
  databaseDeadline: 60_000,
  migrationsDeadline: 900_000,
  migrationStatement: 600_000,
  migrationLock: 1_000,
  heartbeat: 15_000,
  workflowTask: 5_000,
  shortStep: 15_000,
  hookDeadline: 900_000,
  hook: 300_000,
  deployGrace: 600_000,
  buildSilence: 3_600_000,
  rotationOverlap: 300_000,
  offboardingGrace: 604_800_000,
  exportDeadline: 14_400_000,
  copyDeadline: 3_600_000,
  moveGrace: 259_200_000,
  branchTtl: 86_400_000,
  branchExpiryMargin: 3_600_000,
  keptState: 604_800_000,
  backUp: 900_000,
  eventTimeout: 15_000,
  eventRetry: 5_000,
  eventPause: 259_200_000,
  keptRollouts: 7_776_000_000,
  keptEvents: 2_592_000_000,
  keptUsageHours: 5_356_800_000,
  keptUsage: 34_560_000_000,
  keptDrills: 34_560_000_000,
  keptBackupHistory: 7_776_000_000,
} as const;

/** Every duration of a workflow, in milliseconds; the schema documents each. */
export type Timings = { [Name in keyof typeof defaultTimings]: number };

/** The timings in a run's input: only those that the fleet sets, because every byte of a history costs storage. */
export type OwnTimings = Partial<Timings>;

/** The timings that differ from the defaults, limited to these names if any are given. */
export function ownTimings(
  timings: Timings,
  names: readonly (keyof Timings)[] = Object.keys(defaultTimings) as (keyof Timings)[],
): OwnTimings {
  return Object.fromEntries(
    names.filter((name) => timings[name] !== defaultTimings[name]).map((name) => [name, timings[name]]),
  );
}

export function wholeTimings(own: OwnTimings): Timings {
  return { ...defaultTimings, ...own };
}
