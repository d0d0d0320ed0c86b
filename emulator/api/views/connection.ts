import type { Neon } from '../../neon.js';
import type { Endpoint } from '../../state/records.js';
import { hostOf } from './endpoint.js';

export interface ConnectionParts {
  readonly endpoint: Endpoint;
  readonly role: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly pooled?: boolean | undefined;
}

/** Neon's own strings ask for TLS. Ours do when told to, since some drivers verify what they are not given. */
const query = { disable: 'sslmode=disable', require: 'sslmode=require&channel_binding=require' } as const;

export function connectionUri(parts: ConnectionParts, neon: Neon): string {
  const { endpoint, role, password, database, pooled } = parts;
  const [user, secret, name] = [role, password ?? '', database].map(encodeURIComponent);
  const credentials = password === undefined ? user : `${user}:${secret}`;
  return `postgresql://${credentials}@${hostOf(endpoint, neon, pooled)}/${name}?${query[neon.address.sslmode]}`;
}

export function connectionDetails(parts: ConnectionParts, neon: Neon) {
  return {
    connection_uri: connectionUri(parts, neon),
    connection_parameters: {
      database: parts.database,
      password: parts.password ?? '',
      role: parts.role,
      host: hostOf(parts.endpoint, neon),
      pooler_host: hostOf(parts.endpoint, neon, true),
    },
  };
}
