import type { FailureType } from './failures.js';

/** The remedy for each failure, in a sentence. `docs/failures.md` has the details. */
export const failureCures = {
  NeonBadRequest: 'Fix what Neon names, in the fleet or in the request, and try again.',
  NeonLimitReached: "Raise the Neon account's limit, or delete what is no longer used; then try again.",
  NeonKeyRefused:
    'Give the workers a key that Neon knows (NEON_API_KEY), and restart them. What is under way continues by itself.',
  NeonUnauthorized:
    'Give the workers a key that is allowed to do this (NEON_API_KEY, and NEON_ORG_ID if the key belongs to several organizations), and try again.',
  NeonNotFound:
    "Look in Neon's console what became of it. A role or a compute `tenantry repair` makes again; a project that is gone is to be recovered at Neon, or the tenant offboarded.",
  NeonConflict: 'Somebody else is changing the same thing at Neon: try again once they are done.',
  NeonLocked: 'Nothing to do: it continues when Neon has finished its work on the project.',
  NeonRateLimited:
    'Nothing to do: it continues at the pace that Neon allows. If it lasts, lower TENANTRY_NEON_CALLS_PER_SECOND.',
  NeonUnavailable: 'Nothing to do: it continues when Neon answers again. See https://neonstatus.com.',
  NeonOutcomeUnknown: 'Nothing to do: Tenantry looks at Neon before it sends anything again.',
  NeonContractViolation:
    "Neon's reply differs from its documentation: report it with the request id, and look for a newer release.",
  ForeignProject: 'Find out who created or renamed the project at Neon. Tenantry does not touch it.',
  NeonInventoryIncomplete: 'Nothing to do: Neon left projects out of its list, and is asked again.',
  NeonCreateNotSeen:
    'Nothing to do: Tenantry looks for the project, and creates it again once it can no longer turn up.',
  NeonOperationPending: "Nothing to do: it continues when Neon's operations have ended.",
  NeonOperationFailed:
    "Fix what Neon names, and try again. If it fails again, give Neon's support the operation's id.",
  DatabaseUnreachable:
    "A wait for it is tried again by itself. If it lasts, or an operation ended with it, look in Neon's console whether project and compute are there.",
  DatabaseOverQuota:
    'Give the tenant a plan with a larger quota (`tenantry plan`), or wait for the next billing period.',
  DatabaseStillOpen: 'Nothing to do at first: it is retried. If it lasts, find out who is connected.',
  HookFailed: 'Fix the hook, deploy workers with it, and try again.',
  RequestUnfit: 'Ask for something that fits: the message says what does not.',
  DatabaseRefused: "Fix what Postgres names in the tenant's database, and try again.",
  MigrationFailed:
    'Fix the migration at the file and line in the message. `tenantry migrations check` checks all of them.',
  ContractBlocked:
    'Bring the tenants up to the file before it (`tenantry fleet migrate`), replace the builds that the message names (`tenantry builds`), and try again.',
  RoleUnfit:
    "Do what the message names: revoke from the tenant's role what it should not have, grant what it lacks, drop a login that nobody knows, or list it under `logins` in the fleet. Then run `tenantry repair`.",
  CopyDiffers: 'Stop other writers to the database, and try again.',
  SnapshotBroken:
    'Take another snapshot and prove it (`tenantry snapshot create`, `tenantry drill run`), and find out what made this one useless.',
  CatalogUnavailable:
    "Start the catalog's Postgres, or fix the connection to it. Everything continues by itself.",
  CatalogRefused: 'Report it: the catalog refuses what Tenantry wants to store.',
  SecretStoreUnavailable:
    'Fix the store of secrets, or the connection to it. Everything continues by itself.',
  StaleRun: 'Nothing to do: another run holds the tenant now, and this one has changed nothing since.',
  TenantStateConflict: 'Look at the tenant (`tenantry show`): the message says what can begin in its state.',
  UnknownPlan: 'Deploy workers whose fleet has the plan, or ask for one that it has.',
  UnknownHook: 'Deploy workers whose fleet has the hook, or clients whose fleet no longer has it.',
  UnknownMigration: 'Deploy workers whose folder has the migration, or ask for one that it has.',
  ForeignFleet:
    'Give each fleet a task queue of its own: set TENANTRY_TASK_QUEUE for its workers and clients.',
  Cancelled: 'Nothing to do: it was cancelled, and its work is undone.',
  GivenUp: "Look at the tenant's attention (`tenantry show`) for what was left, and run `tenantry repair`.",
  OutOfTime:
    "Look in the workers' log for what held the step up, and try again. The fleet's timings can allow more time.",
  Unexpected: "Look at the workers' log. It is retried, and continues once the defect is fixed.",
} as const satisfies Record<FailureType, string>;

/** The remedy for a failure of that type; a type of another release is treated like a defect. */
export function cureOf(type: string): string {
  return isFailureType(type) ? failureCures[type] : failureCures.Unexpected;
}

// Written here and not imported: `failures.ts` makes Temporal's failures, and a command that only prints help loads none of Temporal.
function isFailureType(type: string): type is FailureType {
  return Object.hasOwn(failureCures, type);
}

/** The documentation's section about a failure. */
export function failurePage(type: FailureType): string {
  return `docs/failures.md#${type.toLowerCase()}`;
}
