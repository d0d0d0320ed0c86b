import type { Profile } from './timings.js';

/** How much of what an account may have and ask. `Infinity` is no limit. */
export interface Limits {
  readonly requestsPerMinute: number;
  /** Of one method and path, whatever stands in its parameters. */
  readonly requestsPerSecondPerRoute: number;
  /** Of all consumption histories together. */
  readonly consumptionRequestsPerMinute: number;
  readonly organizationKeysPerSecond: number;
  readonly projects: number;
  readonly branchesPerProject: number;
  readonly protectedBranchesPerProject: number;
  readonly rolesPerBranch: number;
  readonly databasesPerBranch: number;
}

const none: Limits = {
  requestsPerMinute: Number.POSITIVE_INFINITY,
  requestsPerSecondPerRoute: Number.POSITIVE_INFINITY,
  consumptionRequestsPerMinute: Number.POSITIVE_INFINITY,
  organizationKeysPerSecond: Number.POSITIVE_INFINITY,
  projects: Number.POSITIVE_INFINITY,
  branchesPerProject: Number.POSITIVE_INFINITY,
  protectedBranchesPerProject: Number.POSITIVE_INFINITY,
  rolesPerBranch: Number.POSITIVE_INFINITY,
  databasesPerBranch: Number.POSITIVE_INFINITY,
};

/** The rates hold for every account; how many projects and branches one may have depends on its plan. */
const profiles: Readonly<Record<Profile, Limits>> = {
  fast: none,
  realistic: {
    ...none,
    requestsPerMinute: 700,
    requestsPerSecondPerRoute: 40,
    consumptionRequestsPerMinute: 30,
    organizationKeysPerSecond: 10,
    rolesPerBranch: 500,
    databasesPerBranch: 500,
  },
};

export function limitsOf(profile: Profile = 'fast', overrides: Partial<Limits> = {}): Limits {
  return { ...profiles[profile], ...overrides };
}
