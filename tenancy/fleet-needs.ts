import type { Fleet } from './fleet.js';

// Apart from `fleet.ts`, whose schemas take time to build: a client is given a fleet that is parsed already.

/** Why the fleet's processes need a seal key; `undefined` when they do not. */
export function sealKeyNeed(fleet: Pick<Fleet, 'secrets' | 'encryptPayloads'>): string | undefined {
  if (fleet.secrets === undefined) return "the tenants' secrets are sealed with it";
  return fleet.encryptPayloads ? 'the fleet encrypts payloads with it, wherever its secrets are' : undefined;
}

/** The plan of a tenant that is onboarded without one: the fleet's default plan, or its only one. */
export function defaultPlanOf(fleet: Fleet): string | undefined {
  const names = Object.keys(fleet.plans);
  return fleet.defaultPlan ?? (names.length === 1 ? names[0] : undefined);
}
