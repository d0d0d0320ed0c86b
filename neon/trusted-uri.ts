import { isLoopback } from '../tenancy/loopback.js';

/** The hosts that Neon's connection strings may name. */
export interface DatabaseHosts {
  /** The parent domains of Neon's computes. */
  readonly domains: readonly string[];
  /** Whether a host is allowed without TLS: this machine, or the host that is named for it. */
  inClear(hostname: string): boolean;
}

/** The parent domain of Neon's own computes: `ep-….c-2.us-west-2.aws.neon.tech`. */
export const defaultDatabaseDomains = ['neon.tech'];

/** Only an API on this machine, or on the host that is named as insecure, can have its computes there too. */
export function databaseHostsOf(
  api: string,
  domains: readonly string[] = defaultDatabaseDomains,
  insecureHost?: string,
): DatabaseHosts {
  const { hostname } = new URL(api);
  const insecure = insecureHost?.toLowerCase();
  return {
    domains: domains.map((domain) => domain.toLowerCase()),
    inClear: (host) => (isLoopback(hostname) ? isLoopback(host) : hostname === insecure && host === insecure),
  };
}

export interface Login {
  readonly role: string;
  readonly database: string;
}

export type TrustedUri = { readonly uri: string } | { readonly problem: string };

const longestUri = 2_000;
const hostName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/**
 * Rebuilds one of Neon's connection strings from the necessary parts. An attacker who could choose its host
 * or weaken its TLS would get the owner's password, and could name files of the worker in its parameters.
 *
 * Outside this machine it demands a certificate for the host's name (`sslmode=verify-full`), whatever Neon's
 * string says.
 */
export function trustedUri(given: string, login: Login, hosts: DatabaseHosts): TrustedUri {
  if (given.length > longestUri || !URL.canParse(given)) return { problem: 'is none' };
  const url = new URL(given);
  if (url.protocol !== 'postgresql:' && url.protocol !== 'postgres:')
    return { problem: 'is not of Postgres' };
  const [role, password, database] = [url.username, url.password, url.pathname.slice(1)].map(decoded);
  if (role !== login.role || database !== login.database) {
    return { problem: 'is for another role or database than the one that was asked for' };
  }
  if (!password) return { problem: 'has no password' };
  // The URL parser keeps a host's spelling for schemes that the URL standard does not know.
  const host = url.hostname.toLowerCase();
  const inClear = hosts.inClear(host);
  if (!inClear && !(hostName.test(host) && hosts.domains.some((domain) => host.endsWith(`.${domain}`)))) {
    const named = host.replace(/[^a-z0-9.:-]/g, '?').slice(0, 100);
    return {
      problem: `names the host ${named}, which is not below ${hosts.domains.join(', ')}; NEON_DATABASE_DOMAIN can name another domain`,
    };
  }
  const address = url.port === '' ? host : `${host}:${url.port}`;
  const credentials = `${encodeURIComponent(role)}:${encodeURIComponent(password)}`;
  return { uri: `postgresql://${credentials}@${address}/${encodedPath(database)}?${query(url, inClear)}` };
}

/** The parameters that are kept. */
function query({ searchParams }: URL, inClear: boolean): string {
  const said = searchParams.get('sslmode');
  const kept = new URLSearchParams({
    sslmode: inClear ? (sslModes.find((mode) => mode === said) ?? 'disable') : 'verify-full',
  });
  if (searchParams.get('channel_binding') === 'require') kept.set('channel_binding', 'require');
  return kept.toString();
}

const sslModes = ['disable', 'require', 'verify-full'];

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/**
 * Encoded for node-postgres' own parser: it decodes a name with `decodeURI`, which leaves alone what
 * `encodeURI` does.
 */
function encodedPath(name: string): string {
  return encodeURI(name).replace(/[?#]/g, encodeURIComponent);
}
