import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scramVerifier } from '../../activities/database/sql/scram-verifier.js';
import { settingPassword } from '../../activities/database/sql/set-password.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, rotationOverlap: 100 } } });
  await t.startWorker();
  await t.tenantry.execute.onboard({ id: 'acme' });
});

afterAll(() => t.stop());

describe("a login's password", () => {
  it('is a verifier to Postgres, which it keeps unchanged', async () => {
    const { username, password } = new URL(await t.tenantry.connectionString('acme'));
    const key = { fleet: t.fleet.name, id: tenantIdOf('acme') };
    const kept = await withClient((await t.catalog.secrets.open(key, 'owner')) ?? '', async (client) => {
      const { rows } = await client.query<{ kept: string }>(
        'select rolpassword as kept from pg_authid where rolname = $1',
        [username],
      );
      return rows[0]?.kept ?? '';
    });
    const salt = Buffer.from(/^SCRAM-SHA-256\$4096:([^$]+)\$/.exec(kept)?.[1] ?? '', 'base64');
    expect(salt).toHaveLength(16);
    expect(scramVerifier(password, salt)).toBe(kept);
  });

  it('is given as it is where Neon refuses a verifier, in a transaction of its own', async () => {
    const given: string[] = [];
    await settingPassword('a-password', async (secret) => {
      given.push(secret);
      if (given.length === 1)
        throw new Error('Received HTTP code 400: Neon only supports being given plaintext passwords');
    });
    expect(given).toEqual([expect.stringMatching(/^SCRAM-SHA-256\$4096:/), 'a-password']);
    const other = settingPassword('a-password', async (secret) => {
      given.push(secret);
      throw new Error('permission denied');
    });
    await expect(other).rejects.toThrow('permission denied');
    expect(given).toHaveLength(3);
  });

  it('that its holder changed in the database is noticed by the pool, and healed by a rotation', async () => {
    const connection = await t.tenantry.connectionString('acme');
    const login = pg.escapeIdentifier(new URL(connection).username);
    await withClient(connection, (client) =>
      client.query(`set role none; alter role ${login} password 'mine now'`),
    );
    const pool = await t.tenantry.pool('acme');
    await expect(pool.query('select 1')).rejects.toMatchObject({
      code: 'CREDENTIAL_REFUSED',
      tenantId: 'acme',
      message: expect.stringContaining('rotate --now'),
    });
    await t.tenantry.execute.rotateCredentials('acme', { now: true });
    expect((await pool.query<{ n: number }>('select 1 as n')).rows).toEqual([{ n: 1 }]);
  });
});
