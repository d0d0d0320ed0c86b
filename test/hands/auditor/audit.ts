import { isSettled } from '../../../tenancy/lifecycle.js';
import type { TestTenantry } from '../../support/tenantry.js';
import {
  nobodyElseCanLogIn,
  noEarlierLoginGetsIn,
  theOwnerIsShutOut,
  theOwnersCredentialIsAlive,
  thePublishedLoginWrites,
} from './doors.js';
import {
  nothingIsHalfRestored,
  whatIsKeptIsThere,
  whatIsThereIsKept,
  whatWasKeptIsStillThere,
} from './kept.js';
import {
  itsComputesSleep,
  itsProjectIsThere,
  itsQuotaIsNotUsedUp,
  itsQuotaIsUsedUp,
  noProjectIsNobodys,
  nothingIsLeft,
  nothingIsOverdue,
} from './projects.js';
import {
  aResetRunDoesNothing,
  aRunIsOpen,
  noRunIsCutOff,
  noRunIsOpen,
  noSecretInAHistory,
  theLastRunAgrees,
} from './runs.js';
import { type Rule, type Said, sceneOf } from './scene.js';
import type { Witness } from './witness.js';

const gone = [nothingIsLeft, noEarlierLoginGetsIn, noRunIsOpen] as const;

/** What each state claims of the world. */
const claims: Readonly<Record<'ready' | 'suspended' | 'failed' | 'offboarded' | 'none', readonly Rule[]>> = {
  ready: [
    itsProjectIsThere,
    itsQuotaIsNotUsedUp,
    thePublishedLoginWrites,
    noEarlierLoginGetsIn,
    nobodyElseCanLogIn,
    theOwnersCredentialIsAlive,
    whatIsKeptIsThere,
    noRunIsOpen,
    theLastRunAgrees,
  ],
  suspended: [
    itsProjectIsThere,
    itsQuotaIsUsedUp,
    theOwnerIsShutOut,
    noEarlierLoginGetsIn,
    itsComputesSleep,
    whatIsKeptIsThere,
    noRunIsOpen,
    theLastRunAgrees,
  ],
  failed: gone,
  offboarded: [...gone, theLastRunAgrees],
  none: [...gone, theLastRunAgrees],
};

/** What is so in any state. */
const always: readonly Rule[] = [
  noProjectIsNobodys,
  whatIsThereIsKept,
  whatWasKeptIsStillThere,
  noRunIsCutOff,
  nothingIsHalfRestored,
  nothingIsOverdue,
  noSecretInAHistory,
  aResetRunDoesNothing,
];

/**
 * Compares what the product says of a tenant with the emulator's own records, with Postgres and with Temporal's histories.
 * Returns a sentence for each thing that is not as it is said to be. It believes the catalog nothing.
 */
export async function audit(t: TestTenantry, id: string, witness: Witness): Promise<string[]> {
  const scene = await sceneOf(t, id, witness);
  const violations: string[] = [];
  for (const rule of [...claimsOf(scene.said), ...always])
    for (const violation of await rule(scene)) violations.push(`${id} is ${scene.said.state}: ${violation}`);
  return violations;
}

/** Who asks for attention does not say that all is well. */
function claimsOf({ state, attention }: Said): readonly Rule[] {
  if (attention !== undefined) return [];
  if (state === 'none' || isSettled(state)) return claims[state];
  return [aRunIsOpen];
}
