import { isLoopback } from './loopback.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** How one of Postgres' programs, such as psql or pg_dump, is to be started on a database. */
export interface PostgresProgram {
  /** The database, for the command line: everyone on the machine can read that, so there is no password in it. */
  readonly address: string;
  readonly password: string;
  /** All that the program needs to know, the password too. It is a secret. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What a program of Postgres' needs of this process' environment. There are keys in the rest. */
const needed = /^(PATH|HOME|TMPDIR|LD_LIBRARY_PATH|SSL_CERT_(FILE|DIR))$/;

/** What a person has set up for a program in a terminal. */
const personal =
  /^(TERM|TERMINFO|TERMINFO_DIRS|COLORTERM|NO_COLOR|COLUMNS|LINES|SHELL|USER|LOGNAME|TZ|LANG|LANGUAGE|LC_\w+|PAGER|LESS|LESSCHARSET|LESSOPEN|EDITOR|VISUAL|INPUTRC|PSQLRC|PSQL_\w+|PG_COLORS?|PGTZ|PGDATESTYLE|PGCLIENTENCODING|PGCONNECT_TIMEOUT)$/;

/**
 * What a program of Postgres' is told. It shows its password by SCRAM only, to nobody who asks for it in clear, and outside
 * of this machine it verifies the server: with the system's authorities, or with those that `PGSSLROOTCERT` names. An
 * address that says `sslmode=disable` is that of an emulator somewhere else, and stays so. Of parameters that an address
 * could weaken any of this with, none is passed on.
 *
 * `inTerminal`: a person's own settings for psql, pagers and editors are passed on too.
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
      // Of libpq 16 and newer; older ones do not know it.
      PGREQUIREAUTH: 'scram-sha-256',
      // libpq refuses the system's authorities together with any weaker mode.
      ...(verifies ? { PGSSLROOTCERT: own.PGSSLROOTCERT || 'system' } : {}),
    },
  };
}

/** What a program of Postgres' is told that works on files alone. */
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
