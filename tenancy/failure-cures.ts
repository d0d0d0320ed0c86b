import type { FailureType } from './failures.js';

/** What a person does about each failure, in a sentence. `docs/failures.md` says more of each. */
export const failureCures = {
  NeonBadRequest: 'Read what Neon says, mend it in the fleet or the request, and ask again.',
  NeonLimitReached: 'Raise the limit of the Neon account, or remove what is no longer used; then ask again.',
  NeonUnauthorized:
    'Give the workers a key that may do this (NEON_API_KEY, and NEON_ORG_ID for a key of several), and ask again.',
  NeonNotFound:
    "Look in Neon's console what became of it; `tenantry repair` makes the tenant whole again where that can be done.",
  NeonConflict: 'Somebody else changes the same thing at Neon: ask again once they are done.',
  NeonLocked: 'Nothing to do: it goes on when Neon has finished what it does to the project.',
  NeonRateLimited:
    'Nothing to do: it goes on at the pace that Neon allows. If it lasts, lower TENANTRY_NEON_CALLS_PER_SECOND.',
  NeonUnavailable:
    'Nothing to do: it goes on when Neon answers again. https://neonstatus.com says what Neon knows.',
  NeonOutcomeUnknown: 'Nothing to do: Neon is looked at before anything is sent again.',
  NeonContractViolation:
    'Neon answered otherwise than it documents: report it with the request id, and look for a newer release.',
  ForeignProject: 'Find out who made or renamed the project at Neon; Tenantry leaves it alone.',
  NeonInventoryIncomplete: 'Nothing to do: Neon left projects out of its list, and is asked again.',
  NeonCreateNotSeen:
    'Nothing to do: the project is looked for, and made again once it can no longer turn up.',
  NeonOperationPending: "Nothing to do: it goes on when Neon's operations have ended.",
  NeonOperationFailed:
    'See to what Neon names, and ask again. If it fails again, give its support the id of the operation.',
  DatabaseUnreachable:
    "Nothing to do at first: it is tried again. If it lasts, look at the compute in Neon's console.",
  DatabaseOverQuota:
    'Give the tenant a plan with a larger quota (`tenantry plan`), or wait for the next billing period.',
  DatabaseStillOpen: 'Nothing to do at first: it is tried again. If it lasts, look who is connected.',
  HookFailed: 'Mend the hook and deploy workers with it, then ask again.',
  RequestUnfit: 'Ask for something that fits: the message says what does not.',
  DatabaseRefused: "Read what Postgres says, mend it in the tenant's database, and ask again.",
  MigrationFailed:
    'Mend the migration in the file and line that the message names; `tenantry migrations check` reads all of them.',
  RoleUnfit:
    "Take from the tenant's role what it should not have, or give it what it lacks: the message says which; then `tenantry repair`.",
  CopyDiffers: 'Keep others from writing into the database, and ask again.',
  CatalogUnavailable: "Start the catalog's Postgres, or mend the way to it; everything goes on by itself.",
  CatalogRefused: 'Report it: the catalog refuses what Tenantry wants to store.',
  SecretStoreUnavailable: 'Mend the store of secrets, or the way to it; everything goes on by itself.',
  StaleRun: 'Nothing to do: another run has taken the tenant since, and this one has changed nothing.',
  TenantStateConflict: 'Look at the tenant (`tenantry show`): the message says what can begin in its state.',
  UnknownPlan: 'Deploy workers whose fleet has the plan, or ask for one that it has.',
  UnknownHook: 'Deploy workers whose fleet has the hook, or clients whose fleet has it no longer.',
  ForeignFleet: 'Give each fleet a task queue of its own: TENANTRY_TASK_QUEUE, of workers and clients alike.',
  Cancelled: 'Nothing to do: it was cancelled, and what it had done is undone.',
  GivenUp: "Look at the tenant's attention (`tenantry show`) for what was left, and `tenantry repair` it.",
  OutOfTime:
    "Look at the workers' log for what kept the step, and ask again; a longer deadline is one of the fleet's timings.",
  Unexpected: "Look at the workers' log. It is tried again, and goes on once what is wrong has been mended.",
} as const satisfies Record<FailureType, string>;

/** Where the documentation speaks of a failure. */
export function failurePage(type: FailureType): string {
  return `docs/failures.md#${type.toLowerCase()}`;
}
