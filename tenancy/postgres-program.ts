import { isLoopback } from './loopback.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** How to start one of Postgres' programs, such as psql or pg_dump, on a database. */
export interface PostgresProgram {
  /** The database, for the command line. It has no password, because everyone on the machine can read command lines. */
  readonly address: string;
  readonly password: string;
  /** Everything that the program needs, including the password. This is a secret. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The part of this process' environment that a Postgres program needs. The rest has keys in it. */
const needed = /^(PATH|HOME|TMPDIR|LD_LIBRARY_PATH|SSL_CERT_(FILE|DIR))$/;

/** A person's settings for programs in a terminal. */
const personal =
  /^(TERM|TERMINFO|TERMINFO_DIRS|COLORTERM|NO_COLOR|COLUMNS|LINES|SHELL|USER|LOGNAME|TZ|LANG|LANGUAGE|LC_\w+|PAGER|LESS|LESSCHARSET|LESSOPEN|EDITOR|VISUAL|INPUTRC|PSQLRC|PSQL_\w+|PG_COLORS?|PGTZ|PGDATESTYLE|PGCLIENTENCODING|PGCONNECT_TIMEOUT)$/;

/**
 * The environment of a Postgres program. The program only authenticates with SCRAM, never by sending its password in
 * clear. It verifies every server outside of this machine, with the system's authorities or with those in
 * `PGSSLROOTCERT`. An address with `sslmode=disable` is that of an emulator on another machine, and keeps that mode.
 * The program gets no parameter of the address that could weaken this.
 *
 * `inTerminal`: also passes a person's own settings for psql, pagers and editors.
 */
export function postgresProgram(
  connectionString: string,
  own: Environment,
  { inTerminal = false }: { readonly inTerminal?: boolean } = {},
): PostgresProgram {
  const url = new URL(connectionString);
  const password = decodeURIComponent(url.password);
  url.password = '';
  url.search = parameters(url).toString();
  const verifies = url.searchParams.get('sslmode') === verifying;
  return {
    address: url.href,
    password,
    environment: {
      ...programEnvironment(own, { inTerminal }),
      PGPASSWORD: password,
      // For libpq 16 and newer; older versions ignore it.
      PGREQUIREAUTH: 'scram-sha-256',
      // libpq refuses the system's authorities in combination with any weaker mode.
      ...(verifies ? { PGSSLROOTCERT: own.PGSSLROOTCERT || 'system' } : {}),
    },
  };
}

/** The environment of a Postgres program that only works on files. */
export function programEnvironment(
  own: Environment,
  { inTerminal = false }: { readonly inTerminal?: boolean } = {},
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(own).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && (needed.test(entry[0]) || (inTerminal && personal.test(entry[0]))),
    ),
  );
}

const verifying = 'verify-full';

function parameters({ hostname, searchParams }: URL): URLSearchParams {
  const said = searchParams.get('sslmode');
  const asSaid = said === 'disable' || isLoopback(hostname);
  const kept = new URLSearchParams();
  if (!asSaid) kept.set('sslmode', verifying);
  else if (said !== null) kept.set('sslmode', said);
  const binding = searchParams.get('channel_binding');
  if (binding !== null) kept.set('channel_binding', binding);
  return kept;
}
