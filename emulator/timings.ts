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
  /** What one second of `suspend_timeout_seconds` lasts. 1000 is the truth; 10 makes a minute 0.6 s. */
  readonly suspendSecond: number;
  /** How long a deleted project stays recoverable. */
  readonly recoveryWindow: number;
  /** How long a connection waits for a compute before it is refused. */
  readonly connectPatience: number;
}

export type Profile = 'fast' | 'realistic';

const day = 24 * 60 * 60 * 1000;

const waiting = { suspendSecond: 1000, recoveryWindow: 7 * day, connectPatience: 60_000 };

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
    ...waiting,
  },
};

export function timingsOf(profile: Profile = 'fast', overrides: Partial<Timings> = {}): Timings {
  return { ...profiles[profile], ...overrides };
}
