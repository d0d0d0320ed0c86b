import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readyProject, settled } from './stories.js';
import { encryptedDetour } from './tls-detour.js';
import { eventually, sql, type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
let project: Awaited<ReturnType<typeof readyProject>>;
beforeAll(async () => {
  neon = await testEmulator({ timings: { suspendSecond: 3 } });
  project = await readyProject(neon.api);
});
afterAll(() => neon.stop());

const anew = (uri: string, parts: Partial<Pick<URL, 'username' | 'password' | 'port'>> = {}) =>
  Object.assign(new URL(uri), { search: '' }, parts).href;

/** A verified connection with the password bound to the channel, as the strings of Neon ask for. */
const encrypted = (uri: string): pg.ClientConfig => ({
  connectionString: anew(uri),
  ssl: { ca: readFileSync(neon.caFile) },
  enableChannelBinding: true,
});

async function over<T>(config: pg.ClientConfig, story: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(config);
  client.on('error', () => {});
  await client.connect();
  try {
    return await story(client);
  } finally {
    await client.end();
  }
}

const failure = (config: pg.ClientConfig) =>
  over(config, async () => 'in').catch(({ code, severity, message, routine }: pg.DatabaseError) => ({
    code,
    severity,
    message,
    routine,
  }));

describe('an encrypted connection', () => {
  it('verifies by the certificate of the data folder, and binds its password to it', async () => {
    const rows = await over(encrypted(project.uri), (client) => client.query('SELECT current_user AS me'));
    expect(rows.rows).toEqual([{ me: project.role }]);
    const string = `${anew(project.uri)}?sslmode=require&channel_binding=require`;
    await sql(`${string}&sslrootcert=${neon.caFile}`, (client) => client.query('SELECT 1'));
    await expect(sql(string, async () => {})).rejects.toThrow('self-signed certificate');
    const strict = { ...encrypted(project.uri), ssl: true };
    await expect(over(strict, async () => {})).rejects.toThrow('self-signed certificate');
  });

  it('is refused when somebody in between shows a certificate of their own', async () => {
    const detour = await encryptedDetour(Number(new URL(project.uri).port));
    const config = {
      ...encrypted(anew(project.uri, { port: String(detour.port) })),
      ssl: { ca: readFileSync(detour.caFile) },
    };
    try {
      expect(await failure(config)).toMatchObject({ message: 'SCRAM channel binding check failed' });
      // Whoever binds to nothing notices nothing.
      expect(await failure({ ...config, enableChannelBinding: false })).toBe('in');
    } finally {
      await detour.close();
    }
  });

  it('may begin with the handshake itself', async () => {
    const direct = { ...encrypted(project.uri), sslnegotiation: 'direct' as const };
    expect((await over(direct, (client) => client.query('SELECT 1 AS one'))).rows).toEqual([{ one: 1 }]);
  });

  it('takes the password of a role made with SQL', async () => {
    await sql(project.uri, (client) => client.query(`CREATE ROLE app LOGIN PASSWORD 'sesame, öffne dich'`));
    const asApp = anew(project.uri, { username: 'app', password: 'sesame, öffne dich' });
    const me = await over(encrypted(asApp), (client) => client.query('SELECT current_user AS me'));
    expect(me.rows).toEqual([{ me: 'app' }]);
    await sql(project.uri, (client) => client.query(`ALTER ROLE app PASSWORD 'changed'`));
    expect(await failure(encrypted(asApp))).toMatchObject({ code: '28P01' });
  });

  it('fails exactly as Postgres fails without encryption', async () => {
    await sql(project.uri, async (client) => {
      await client.query(`CREATE ROLE bygone LOGIN PASSWORD 'right' VALID UNTIL '2000-01-01'`);
      await client.query(`CREATE ROLE sealed NOLOGIN PASSWORD 'right'`);
      await client.query('CREATE ROLE bare LOGIN');
    });
    const strangers = [
      { username: project.role, password: 'wrong' },
      { username: 'nobody', password: 'right' },
      { username: 'bygone', password: 'right' },
      { username: 'sealed', password: 'right' },
      { username: 'bare', password: 'right' },
    ];
    for (const stranger of strangers) {
      const uri = anew(project.uri, stranger);
      const inTheClear = await failure({ connectionString: uri });
      expect(inTheClear).toMatchObject({ severity: 'FATAL', code: /^28/ });
      expect(await failure(encrypted(uri))).toEqual(inTheClear);
      expect(await failure({ ...encrypted(uri), enableChannelBinding: false })).toEqual(inTheClear);
    }
    const missing = anew(project.uri).replace('/neondb', '/nowhere');
    expect(await failure(encrypted(missing))).toEqual(await failure({ connectionString: missing }));
  });

  it('never lets the superuser in, not even with the right password', async () => {
    const password = readFileSync(neon.caFile.replace('tls.crt', 'superuser.password'), 'utf8');
    const uri = anew(project.uri, { username: 'cloud_admin', password });
    expect(await failure(encrypted(uri))).toMatchObject({ code: '28P01' });
  });

  it('carries what is large in both directions, and waits for a slow reader', async () => {
    await over(encrypted(project.uri), async (client) => {
      const megabytes = 'ü'.repeat(8_000_000);
      const { rows } = await client.query('SELECT $1::text AS text', [megabytes]);
      expect(rows[0].text === megabytes).toBe(true);
      const { stream } = (client as unknown as { connection: { stream: NodeJS.ReadableStream } }).connection;
      const flood = client.query("SELECT repeat('x', 1000000) AS x FROM generate_series(1, 60)");
      stream.pause();
      await sql(project.uri, (other) =>
        eventually(
          () => other.query("SELECT FROM pg_stat_activity WHERE wait_event = 'ClientWrite'"),
          ({ rowCount }) => rowCount === 1,
        ),
      );
      stream.resume();
      expect((await flood).rows).toHaveLength(60);
    });
  });

  it('can be for replication', async () => {
    const replicating = { ...encrypted(project.uri), replication: 'database' } as pg.ClientConfig;
    const { rows } = await over(replicating, (client) => client.query('IDENTIFY_SYSTEM'));
    expect(rows).toMatchObject([{ dbname: 'neondb' }]);
  });

  it('holds its compute awake while it lasts and no longer', async () => {
    const sleepy = await readyProject(neon.api, {
      default_endpoint_settings: { suspend_timeout_seconds: 60 },
    });
    const suspensions = async () =>
      (await settled(neon.api, sleepy.id)).filter(({ action }) => action === 'suspend_compute').length;
    await over(encrypted(sleepy.uri), async (client) => {
      const before = await suspensions();
      await client.query('SELECT pg_sleep(0.4)');
      expect(await suspensions()).toBe(before);
    });
    const during = await suspensions();
    await eventually(suspensions, (count) => count > during);
  });
});

describe('the port of an endpoint', () => {
  const cancels: readonly (readonly [string, (uri: string) => pg.ClientConfig])[] = [
    ['in the clear', (uri) => ({ connectionString: anew(uri) })],
    ['with TLS', encrypted],
  ];
  it.each(cancels)('passes requests to cancel on, %s', async (_, config) => {
    await over(config(project.uri), async (client) => {
      const slow = client.query('SELECT pg_sleep(60)').catch((error: pg.DatabaseError) => error.code);
      // What pg's own cancel does, which takes the query of another client.
      const canceller = new pg.Client(config(project.uri));
      const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
      const { connection } = canceller as unknown as {
        connection: NodeJS.EventEmitter & {
          connect(port: number, host: string): void;
          requestSsl(): void;
          cancel(processID: number, secretKey: number): void;
          ssl: unknown;
        };
      };
      const cancel = () => connection.cancel(processID, secretKey);
      connection.on('error', () => {});
      connection.on('connect', () => (connection.ssl ? connection.requestSsl() : cancel()));
      connection.on('sslconnect', cancel);
      await sql(project.uri, (other) =>
        eventually(
          () => other.query("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'"),
          ({ rowCount }) => rowCount === 1,
        ),
      );
      connection.connect(canceller.port, canceller.host);
      expect(await slow).toBe('57014');
    });
  });

  it('says no to GSSAPI, and hangs up on whoever sends a secret before the channel is one', async () => {
    const request = (code: number) => {
      const packet = Buffer.alloc(8);
      packet.writeInt32BE(8);
      packet.writeInt32BE(code, 4);
      return packet;
    };
    expect(await answerTo(request(80_877_104), 1)).toBe('N');
    expect(await answerTo(Buffer.concat([request(80_877_103), Buffer.from('early')]))).toBe('');
    expect(await answerTo(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toBe('');
    expect(await answerTo(Buffer.from([0x16, 3, 1, 0, 4, 1, 0, 0, 0]))).not.toContain('S');
  });

  it('does not wake a compute for a connection that says nothing', async () => {
    const path = `/projects/${project.id}/endpoints/${project.endpoint}`;
    await neon.api('POST', `${path}/suspend`);
    await settled(neon.api, project.id);
    const silent = connect(Number(new URL(project.uri).port), '127.0.0.1');
    await new Promise((resolve) => silent.once('connect', resolve));
    const before = (await settled(neon.api, project.id)).length;
    await answerTo(Buffer.from('nonsense'));
    expect(await settled(neon.api, project.id)).toHaveLength(before);
    silent.destroy();
    await over(encrypted(project.uri), (client) => client.query('SELECT 1'));
  });

  /** Everything the port says until it hangs up, or so many bytes of it. */
  function answerTo(bytes: Buffer, enough = Number.POSITIVE_INFINITY): Promise<string> {
    return new Promise((resolve) => {
      let heard = '';
      const socket = connect(Number(new URL(project.uri).port), '127.0.0.1', () => socket.write(bytes));
      socket.on('error', () => {}).on('close', () => resolve(heard));
      socket.on('data', (data) => {
        heard += data.toString('latin1');
        if (heard.length >= enough) socket.destroy();
      });
    });
  }
});

describe('the strings of an emulator', () => {
  it('ask for TLS and name hosts below a domain when it is told so, as Neon’s do', async () => {
    const styled = await testEmulator({ compute: false, sslmode: 'require', domain: 'neon.test' });
    try {
      const { body } = await styled.api('POST', '/projects', { project: {} });
      const [{ connection_uri, connection_parameters }] = body.connection_uris;
      const [{ id, host }] = body.endpoints;
      const port = new URL(connection_uri).port;
      expect(host).toBe(`${id}.neon.test:${port}`);
      expect(new URL(connection_uri)).toMatchObject({
        host,
        search: '?sslmode=require&channel_binding=require',
      });
      expect(connection_parameters).toMatchObject({ host, pooler_host: `${id}-pooler.neon.test:${port}` });
      const query = 'database_name=neondb&role_name=neondb_owner';
      const uri = `/projects/${body.project.id}/connection_uri?${query}`;
      expect(new URL((await styled.api('GET', uri)).body.uri).host).toBe(host);
      const pooled = await styled.api('GET', `${uri}&pooled=true`);
      expect(new URL(pooled.body.uri).host).toBe(`${id}-pooler.neon.test:${port}`);
    } finally {
      await styled.stop();
    }
  });
});
