import { createHash, randomInt } from 'node:crypto';
import { now } from './clock.js';
import { newKeySecret } from './ids.js';
import type { Key } from './records.js';

/** Keys are known by their hash, as passwords are. */
export const keyId = (secret: string) => createHash('sha256').update(secret).digest('hex');

const secretWord: Readonly<Record<Key['kind'], string>> = {
  personal: 'api',
  organization: 'org',
  project: 'project',
};

/** A new key, and the secret that nobody will see again. */
export function newKey({ kind, name = kind, projectId, secret = newKeySecret(secretWord[kind]) }: NewKey): {
  readonly secret: string;
  readonly record: Key;
} {
  const record = {
    id: keyId(secret),
    kind,
    name,
    number: randomInt(1, 2 ** 31),
    created_at: now(),
    ...(projectId !== undefined && { project_id: projectId }),
  };
  return { secret, record };
}

interface NewKey {
  readonly kind: Key['kind'];
  readonly name?: string;
  readonly projectId?: string | undefined;
  readonly secret?: string;
}
