import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { databaseHostsOf, defaultDatabaseDomains, trustedUri } from '../../neon/trusted-uri.js';

const api = 'https://console.neon.tech/api/v2';
const neon = databaseHostsOf(api);
const login = { role: 'app_owner', database: 'app' };
const host = 'ep-quiet-1.c-2.us-west-2.aws.neon.tech';

/** What node-postgres makes of a string. */
function dialled(connectionString: string) {
  const client = new pg.Client({ connectionString });
  const { user, password, database, ssl } = client as unknown as Record<string, unknown>;
  return { host: client.host, port: client.port, user, password, database, ssl };
}

function taken(uri: string, hosts = neon, as = login): string {
  const trust = trustedUri(uri, as, hosts);
  if ('uri' in trust) return trust.uri;
  throw new Error(`it is not taken: it ${trust.problem}`);
}

describe("a connection string of Neon's", () => {
  it('asks for a certificate of its host, whatever it asked for before', () => {
    const uri = `postgresql://app_owner:npg_x@${host}/app`;
    for (const said of ['', '?sslmode=require', '?sslmode=disable', '?sslmode=no-verify', '?ssl=0'])
      expect(taken(uri + said)).toBe(`${uri}?sslmode=verify-full`);
    expect(taken(`${uri}?sslmode=require&channel_binding=require`)).toBe(
      `${uri}?sslmode=verify-full&channel_binding=require`,
    );
    expect(dialled(taken(uri)).ssl).toEqual({});
  });

  it('keeps no parameter that leads elsewhere, weakens TLS or names a file', () => {
    const odd = {
      host: 'evil.example',
      hostaddr: '203.0.113.7',
      port: '1',
      user: 'postgres',
      password: 'other',
      database: 'other',
      dbname: 'other',
      service: 'other',
      options: '-c search_path=theirs',
      ssl: 'false',
      sslmode: 'disable',
      sslcert: '/etc/passwd',
      sslkey: '/etc/shadow',
      sslrootcert: '/etc/hostname',
      sslnegotiation: 'direct',
      uselibpqcompat: 'true',
      channel_binding: 'disable',
      require_auth: 'password',
      passfile: '/tmp/x',
      target_session_attrs: 'any',
      load_balance_hosts: 'random',
    };
    const uri = taken(`postgres://app_owner:npg_x@${host}/app?${new URLSearchParams(odd)}#fragment`);
    expect(uri).toBe(`postgresql://app_owner:npg_x@${host}/app?sslmode=verify-full`);
    const own = { user: 'app_owner', password: 'npg_x', database: 'app', ssl: {} };
    expect(dialled(uri)).toEqual({ host, port: 5432, ...own });
  });

  it('comes out with the same role, password and database, whatever is in them', () => {
    const as = { role: 'röle @:/?#', database: 'data base/ö&=%' };
    const password = 'p@:/?#% &+ü';
    const [user, secret, database] = [as.role, password, as.database].map(encodeURIComponent);
    const uri = taken(`postgresql://${user}:${secret}@${host}:6432/${database}`, neon, as);
    expect(dialled(uri)).toEqual({
      host,
      port: 6432,
      user: as.role,
      password,
      database: as.database,
      ssl: {},
    });
  });

  it.each([
    ['another host', 'postgresql://app_owner:x@evil.example/app'],
    ['a host that begins as one of Neon', `postgresql://app_owner:x@${host}.evil.example/app`],
    ['a host that ends as one of Neon', 'postgresql://app_owner:x@evilneon.tech/app'],
    ['the domain itself', 'postgresql://app_owner:x@neon.tech/app'],
    ['a host behind a second @', `postgresql://app_owner:x@${host}@evil.example/app`],
    ['two hosts', `postgresql://app_owner:x@evil.example,${host}/app`],
    ['a host whose escapes lead elsewhere', 'postgresql://app_owner:x@evil.example%2f.neon.tech/app'],
    ['a dot at the end', `postgresql://app_owner:x@${host}./app`],
    ['an empty label', 'postgresql://app_owner:x@evil..neon.tech/app'],
    ['a socket', 'postgresql://app_owner:x@%2ftmp/app'],
    ['no host', 'postgresql://app_owner:x@/app?host=evil.example'],
    ['this machine', 'postgresql://app_owner:x@127.0.0.1/app'],
    ['this machine by its name', 'postgresql://app_owner:x@localhost/app'],
    ['an address within the network', 'postgresql://app_owner:x@169.254.169.254/app'],
    ['another role', `postgresql://postgres:x@${host}/app`],
    ['another database', `postgresql://app_owner:x@${host}/postgres`],
    ['a path below the database', `postgresql://app_owner:x@${host}/app/more`],
    ['an escape that is none', `postgresql://app_owner:%zz@${host}/app`],
    ['no password', `postgresql://app_owner@${host}/app`],
    ['another scheme', `https://app_owner:x@${host}/app`],
    ['a socket of its own scheme', 'socket://app_owner:x@/tmp/?db=app'],
    ['no address at all', 'host=evil.example password=x'],
    ['three million characters', `postgresql://app_owner:${'x'.repeat(3_000_000)}@${host}/app`],
  ])('is not taken with %s', (_, uri) => {
    const trust = trustedUri(uri, login, neon);
    expect(trust).toEqual({ problem: expect.stringMatching(/^.{1,300}$/) });
  });

  it('says which host it names, and which setting can name another domain', () => {
    expect(trustedUri('postgresql://app_owner:x@EP-1.Evil.Example/app', login, neon)).toEqual({
      problem:
        'names the host ep-1.evil.example, which is not below neon.tech; NEON_DATABASE_DOMAIN can name another domain',
    });
  });

  it('may be below a domain that is named for it', () => {
    const hosts = databaseHostsOf(api, [...defaultDatabaseDomains, 'DB.example.com']);
    expect(dialled(taken('postgresql://app_owner:x@ep-1.db.example.com/app', hosts)).host).toBe(
      'ep-1.db.example.com',
    );
    expect(dialled(taken(`postgresql://app_owner:x@${host}/app`, hosts)).host).toBe(host);
  });
});

describe("an emulator's", () => {
  const emulator = databaseHostsOf('http://127.0.0.1:4400/api/v2');

  it.each(['127.0.0.1:5433', 'localhost:5433', '[::1]:5433'])(
    'may be on this machine, %s, without TLS',
    (address) => {
      for (const sslmode of ['disable', 'require', 'verify-full']) {
        const uri = `postgresql://app_owner:x@${address}/app?sslmode=${sslmode}`;
        expect(taken(uri, emulator)).toBe(uri);
      }
    },
  );

  it('is verified where it is not on this machine', () => {
    expect(taken(`postgresql://app_owner:x@${host}/app?sslmode=disable`, emulator)).toContain('verify-full');
    const styled = databaseHostsOf('http://127.0.0.1:4400/api/v2', ['neon.test']);
    expect(taken('postgresql://app_owner:x@ep-1.neon.test:5433/app?sslmode=require', styled)).toBe(
      'postgresql://app_owner:x@ep-1.neon.test:5433/app?sslmode=verify-full',
    );
  });

  it('may be on the one host that is named as insecure, when the API is there too', () => {
    const uri = 'postgresql://app_owner:x@emulator:5433/app?sslmode=disable';
    expect(taken(uri, databaseHostsOf('http://emulator:4400/api/v2', undefined, 'Emulator'))).toBe(uri);
    expect(trustedUri(uri, login, databaseHostsOf(api, undefined, 'emulator'))).toHaveProperty('problem');
    expect(trustedUri(uri, login, emulator)).toHaveProperty('problem');
  });
});
