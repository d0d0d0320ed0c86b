import { catalogServerVersion } from '../../worker/check-catalog.js';
import { type Check, type Outcome, ok, problem, unreachable } from './check.js';
import { errorCodeOf, isSilence } from './silence.js';
import { patienceMs } from './subject.js';

/** The catalog's server responds, accepts our login, and is Postgres. */
export const catalog: Check = {
  name: 'catalog',
  needs: [],
  async make({ read }) {
    const url = read('TENANTRY_CATALOG_URL');
    const place = placeOf(url);
    try {
      const version = await catalogServerVersion(url, patienceMs);
      const [product = ''] = version.split(' on ');
      return product.startsWith('PostgreSQL ')
        ? ok(`${product} answers at ${place}`)
        : problem(`${place} is not PostgreSQL but ${product}`, setUrl);
    } catch (error) {
      return explain(error, place);
    }
  },
};

const setUrl = 'set TENANTRY_CATALOG_URL to a database of PostgreSQL';

const refusals: Readonly<Record<string, string>> = {
  '28P01': 'set the user and the password in TENANTRY_CATALOG_URL that the server knows',
  '28000': 'set a user in TENANTRY_CATALOG_URL that may connect, or let it in with pg_hba.conf',
  '3D000': 'create that database, or name another in TENANTRY_CATALOG_URL',
  '42501': 'grant CONNECT on the database to the user in TENANTRY_CATALOG_URL',
};

/** Class 57: the server is starting or stopping; 53300: it has no connections left. */
const passing = /^(57|53300)/;

function explain(error: unknown, place: string): Outcome {
  const code = errorCodeOf(error) ?? '';
  const message = error instanceof Error ? error.message : String(error);
  if (isSilence(error) || passing.test(code)) {
    return unreachable(
      `the catalog does not answer at ${place} (${message || code})`,
      'start that Postgres, or set TENANTRY_CATALOG_URL to one that is up',
    );
  }
  const cure = refusals[code];
  return cure === undefined
    ? problem(`${place} does not answer as Postgres does (${message})`, setUrl)
    : problem(`the catalog at ${place} refuses the login (${message})`, cure);
}

/** The address without its user and password. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return host + pathname;
}
