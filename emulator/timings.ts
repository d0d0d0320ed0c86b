/** Every duration of the emulator, in milliseconds. */
export interface Timings {
  /** From the creation of an operation to its end, at the earliest; the work may take longer. */
  readonly createTimeline: number;
  readonly startFirstCompute: number;
  readonly createBranch: number;
  readonly startCompute: number;
  readonly suspendCompute: number;
  readonly applyConfig: number;
  readonly deleteTimeline: number;
  readonly checkAvailability: number;
  /** What one second of `suspend_timeout_seconds` lasts. 1000 is the truth; 10 makes a minute 0.6 s. */
  readonly suspendSecond: number;
  /** How long a deleted project stays recoverable. */
  readonly recoveryWindow: number;
  /** How long a connection waits for a compute before it is refused. */
  readonly connectPatience: number;
  /** How often a project with a quota of bytes is looked at. Quotas of time are kept to the moment. */
  readonly quotaInterval: number;
  /** How often all computes that run are looked at for what they use. */
  readonly meterInterval: number;
  /** How often the system itself checks every active compute, which locks its project. 0 is never. */
  readonly availabilityCheckEvery: number;
  /** For how long the list of operations does not show a new one, nor the list of projects a new project. */
  readonly operationsListLag: number;
  readonly projectsListLag: number;
}

export type Profile = 'fast' | 'realistic';

const day = 24 * 60 * 60 * 1000;

const waiting = {
  suspendSecond: 1000,
  recoveryWindow: 7 * day,
  connectPatience: 60_000,
  availabilityCheckEvery: 0,
  projectsListLag: 0,
};

/** `realistic` is what was measured on Neon: a new project answers after some five seconds. */
const profiles: Readonly<Record<Profile, Timings>> = {
  fast: {
    createTimeline: 5,
    startFirstCompute: 10,
    createBranch: 5,
    startCompute: 5,
    suspendCompute: 5,
    applyConfig: 5,
    deleteTimeline: 5,
    checkAvailability: 5,
    quotaInterval: 200,
    meterInterval: 5_000,
    operationsListLag: 0,
    ...waiting,
  },
  realistic: {
    createTimeline: 3_096,
    startFirstCompute: 4_843,
    createBranch: 136,
    startCompute: 913,
    suspendCompute: 150,
    applyConfig: 70,
    deleteTimeline: 100,
    checkAvailability: 1_500,
    quotaInterval: 5_000,
    meterInterval: 60_000,
    operationsListLag: 300,
    ...waiting,
  },
};

export function timingsOf(profile: Profile = 'fast', overrides: Partial<Timings> = {}): Timings {
  return { ...profiles[profile], ...overrides };
}
