import type { Neon } from '../../neon.js';
import type { Endpoint } from '../../state/records.js';
import { hostOf } from './endpoint.js';

export interface ConnectionParts {
  readonly endpoint: Endpoint;
  readonly role: string;
  readonly password: string | undefined;
  readonly database: string;
}

/** `sslmode=disable`: the emulator's Postgres speaks no TLS, and a driver must not have to guess so. */
export function connectionUri({ endpoint, role, password, database }: ConnectionParts, neon: Neon): string {
  const [user, secret, name] = [role, password ?? '', database].map(encodeURIComponent);
  const credentials = password === undefined ? user : `${user}:${secret}`;
  return `postgresql://${credentials}@${hostOf(endpoint, neon)}/${name}?sslmode=disable`;
}

export function connectionDetails(parts: ConnectionParts, neon: Neon) {
  return {
    connection_uri: connectionUri(parts, neon),
    connection_parameters: {
      database: parts.database,
      password: parts.password ?? '',
      role: parts.role,
      host: hostOf(parts.endpoint, neon),
      pooler_host: hostOf(parts.endpoint, neon),
    },
  };
}
