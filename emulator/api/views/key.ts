import type { Neon } from '../../neon.js';
import { seconds } from '../../state/clock.js';
import type { Key } from '../../state/records.js';
import { ownerName } from './organization.js';

/** Every key has been made by the one user there is. */
function common(key: Key, { keyUse }: Neon) {
  const last = keyUse.last(key.id);
  return {
    id: key.number ?? 0,
    name: key.name ?? key.kind,
    created_at: seconds(key.created_at),
    ...(key.project_id && { project_id: key.project_id }),
    last_used_at: last === undefined ? null : seconds(last.at),
    last_used_from_addr: last?.from ?? '',
  };
}

export function keyListItem(key: Key, neon: Neon) {
  return { ...common(key, neon), created_by: { id: neon.account.userId, name: ownerName, image: '' } };
}

export function revokedKey(key: Key, neon: Neon) {
  return { ...common(key, neon), created_by: neon.account.userId, revoked: true };
}

/** The only reply that has the secret in it. */
export function createdKey(key: Key, secret: string, { account }: Neon) {
  return {
    id: key.number ?? 0,
    key: secret,
    name: key.name ?? key.kind,
    created_at: seconds(key.created_at),
    created_by: account.userId,
    ...(key.project_id && { project_id: key.project_id }),
  };
}
