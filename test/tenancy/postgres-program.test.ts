import { describe, expect, it } from 'vitest';
import { postgresProgram } from '../../tenancy/postgres-program.js';

const neon = 'postgresql://acme:s3cr%3At@ep-1.eu.aws.neon.tech/app';
const addressOf = (connectionString: string) => postgresProgram(connectionString, {}).address;

/** What is worth stealing, and what would lead a program elsewhere. */
const keys = {
  TENANTRY_SEAL_KEY: 'k1:x',
  TENANTRY_CATALOG_URL: 'postgresql://x',
  NEON_API_KEY: 'napi_x',
  AWS_SECRET_ACCESS_KEY: 'x',
  TEMPORAL_API_KEY: 'x',
  GITHUB_TOKEN: 'x',
  PGHOSTADDR: '192.0.2.1',
  PGSERVICE: 'x',
  PGSSLMODE: 'disable',
  PGOPTIONS: '-c search_path=evil',
  NODE_OPTIONS: '--inspect',
};

describe('a program of Postgres’', () => {
  it('is told the password by its environment alone', () => {
    const { address, password, environment } = postgresProgram(neon, {});
    expect(password).toBe('s3cr:t');
    expect(environment.PGPASSWORD).toBe('s3cr:t');
    expect(address).not.toContain('s3cr');
  });

  it.each([false, true])('is told no key of ours, nor anybody else’s (in a terminal: %s)', (inTerminal) => {
    const own = { PATH: '/bin', HOME: '/root', TERM: 'xterm', PSQL_PAGER: 'less', LC_TIME: 'de_DE', ...keys };
    const { environment } = postgresProgram(neon, own, { inTerminal });
    expect(Object.keys(environment).sort()).toEqual(
      [
        ...['HOME', 'PATH', 'PGPASSWORD', 'PGREQUIREAUTH', 'PGSSLROOTCERT'],
        ...(inTerminal ? ['LC_TIME', 'PSQL_PAGER', 'TERM'] : []),
      ].sort(),
    );
  });

  it('shows its password by SCRAM only, and outside of this machine to a server that is verified', () => {
    for (const said of ['', '?sslmode=require', '?sslmode=prefer', '?sslmode=allow', '?sslmode=verify-ca'])
      expect(addressOf(neon + said)).toBe('postgresql://acme@ep-1.eu.aws.neon.tech/app?sslmode=verify-full');
    expect(postgresProgram(neon, {}).environment).toMatchObject({
      PGREQUIREAUTH: 'scram-sha-256',
      PGSSLROOTCERT: 'system',
    });
    expect(postgresProgram(neon, { PGSSLROOTCERT: '/ca.pem' }).environment.PGSSLROOTCERT).toBe('/ca.pem');
    for (const host of ['127.0.0.1.evil.example', 'localhost.evil.example', 'evil.localhost'])
      expect(addressOf(`postgresql://acme:x@${host}/app?sslmode=require`)).toContain('sslmode=verify-full');
  });

  it('takes an emulator as it is', () => {
    for (const address of [
      'postgresql://acme@127.0.0.1:5000/app?sslmode=disable',
      'postgresql://acme@localhost:5000/app?sslmode=require&channel_binding=require',
      'postgresql://acme@[::1]:5000/app',
      'postgresql://acme@emulator:5000/app?sslmode=disable',
    ]) {
      expect(addressOf(address)).toBe(address);
      expect(postgresProgram(address, {}).environment).not.toHaveProperty('PGSSLROOTCERT');
    }
  });

  it('is given no parameter that leads elsewhere, or that names a file', () => {
    const told = 'host=evil.example&hostaddr=192.0.2.1&passfile=/etc/passwd&sslrootcert=/tmp/ca&sslkey=/k';
    expect(addressOf(`${neon}?${told}&channel_binding=require&options=-c%20x%3Dy`)).toBe(
      'postgresql://acme@ep-1.eu.aws.neon.tech/app?sslmode=verify-full&channel_binding=require',
    );
  });
});
