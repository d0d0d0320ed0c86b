import { z } from 'zod';
import { badRequest, forbidden, notFound } from '../errors.js';
import type { Neon } from '../neon.js';
import { drop, put } from '../state/changes.js';
import { newKey } from '../state/keys.js';
import type { Key } from '../state/records.js';
import { organizationOf, refuseAllButPersonalKeys, refuseProjectKey } from './callers.js';
import * as input from './input.js';
import { type Call, ok, parse, type Reply, type Route } from './route.js';
import { createdKey, keyListItem, revokedKey } from './views/key.js';

/** Whose keys a path speaks of. A project's keys are the organization's, kept to one project. */
interface Owner {
  readonly kinds: readonly Key['kind'][];
  /** @throws NeonError when the caller may not look at them. */
  mayRead(call: Call, neon: Neon): void;
}

const person: Owner = {
  kinds: ['personal'],
  mayRead: ({ caller }) => refuseAllButPersonalKeys(caller),
};

const organization: Owner = {
  kinds: ['organization', 'project'],
  mayRead({ caller, params }, neon) {
    refuseProjectKey(caller);
    organizationOf(caller, params.org_id, neon);
  },
};

const createRequest = z.object({
  key_name: z.string().min(1).max(64),
  project_id: input.id.optional(),
});

function list(owner: Owner) {
  return (call: Call, neon: Neon): Reply => {
    owner.mayRead(call, neon);
    return ok(keysOf(owner, neon).map((key) => keyListItem(key, neon)));
  };
}

function create(owner: Owner) {
  return (call: Call, neon: Neon): Reply => {
    owner.mayRead(call, neon);
    // An organization's key does not beget others.
    if (call.caller.kind !== 'personal') throw forbidden('only a personal API key can create API keys');
    const { key_name, project_id } = parse(createRequest, call.body);
    if (owner === person) return minted('personal', key_name, undefined, neon);
    if (project_id === undefined) return minted('organization', key_name, undefined, neon);
    const project = neon.store.of.project.get(project_id);
    if (project === undefined || project.deleted_at !== undefined) throw notFound('project not found');
    return minted('project', key_name, project_id, neon);
  };
}

function revoke(owner: Owner) {
  return (call: Call, neon: Neon): Reply => {
    owner.mayRead(call, neon);
    const number = Number(call.params.key_id);
    if (!Number.isSafeInteger(number)) throw badRequest('key_id must be an integer');
    const key = keysOf(owner, neon).find((candidate) => candidate.number === number);
    if (key === undefined) throw notFound('API key not found');
    neon.store.commit([drop('key', key.id)]);
    return ok(revokedKey(key, neon));
  };
}

function minted(kind: Key['kind'], name: string, projectId: string | undefined, neon: Neon): Reply {
  const { secret, record } = newKey({ kind, name, projectId });
  neon.store.commit([put('key', record)]);
  return ok(createdKey(record, secret, neon));
}

function keysOf({ kinds }: Owner, { store }: Neon): Key[] {
  return store.of.key.all().filter(({ kind }) => kinds.includes(kind));
}

export const keyRoutes: readonly Route[] = (
  [
    ['/api_keys', person],
    ['/organizations/:org_id/api_keys', organization],
  ] as const
).flatMap(([path, owner]) => [
  { method: 'GET', path, handle: list(owner) },
  { method: 'POST', path, handle: create(owner) },
  { method: 'DELETE', path: `${path}/:key_id`, handle: revoke(owner) },
]);
