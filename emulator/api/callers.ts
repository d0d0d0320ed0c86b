import { badRequest, forbidden, NeonError, notFound } from '../errors.js';
import type { Neon } from '../neon.js';
import { keyId } from '../state/keys.js';
import type { Key, Project } from '../state/records.js';
import type { Store } from '../state/store.js';

export function callerOf(authorization: string | undefined, store: Store): Key | undefined {
  const secret = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  return secret === undefined ? undefined : store.of.key.get(keyId(secret));
}

export const unauthorized = () => new NeonError(401, 'supplied credentials do not pass authentication');

/**
 * The organization a call speaks of. A personal key may be a member of many and has to say which; an organization's
 * own key knows.
 */
export function organizationOf(caller: Key, asked: string | undefined, neon: Neon): string {
  if (caller.kind === 'personal' && asked === undefined) throw badRequest('org_id is required');
  if (asked !== undefined && asked !== neon.account.id) throw notFound('organization not found');
  return neon.account.id;
}

/** A project-scoped key works inside its project and cannot decide whether there is one. */
export function refuseProjectKey(caller: Key): void {
  if (caller.kind === 'project') throw forbidden('not allowed for a project-scoped API key');
}

/** What belongs to a person, no organization can do in their place. */
export function refuseAllButPersonalKeys(caller: Key): void {
  if (caller.kind !== 'personal') throw forbidden('not allowed for an organization API key');
}

/** To a project-scoped key, other projects do not exist. */
export function maySee(caller: Key, project: Project): boolean {
  return caller.kind !== 'project' || caller.project_id === project.id;
}
