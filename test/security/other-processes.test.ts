import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { keepLocked } from '../support/keep-locked.js';
import { descendantsOf } from '../support/processes.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

/** What a worker's environment holds. */
const keys = {
  NEON_API_KEY: 'canary-neon',
  TENANTRY_SEAL_KEY: 'canary-seal',
  AWS_SECRET_ACCESS_KEY: 'canary-aws',
  TEMPORAL_API_KEY: 'canary-temporal',
};

let t: TestTenantry;

beforeAll(async () => {
  Object.assign(process.env, keys);
  t = await startTenantry();
  await t.startWorker();
});

afterAll(async () => {
  for (const name of Object.keys(keys)) delete process.env[name];
  await t.stop();
});

it.runIf(process.platform === 'linux')(
  'no secret stands in the arguments of any process, and no key in the environment of a program that is not ours',
  async () => {
    const handle = await t.tenantry.start.onboard({ id: 'acme' });
    await handle.result();
    const connection = await t.tenantry.connectionString('acme');
    const owner = (await t.catalog.secrets.open({ fleet: t.fleet.name, id: handle.tenantId }, 'owner')) ?? '';
    await withClient(connection, (client) => client.query('create table own.notes (body text)'));
    const dumps = () =>
      descendantsOf(process.pid).filter(({ commandLine }) => /^\S*pg_dump /.test(commandLine));
    let seen = descendantsOf(process.pid);
    const held = keepLocked(owner, 'own.notes');
    const offboarding = await t.tenantry.start.offboard('acme', { export: true });
    await eventually('pg_dump is at work', async () => dumps().length === 1);
    seen = descendantsOf(process.pid);
    await offboarding.cancel();
    await offboarding.result().catch(() => {});
    await held.stop();
    const dump = seen.find(({ commandLine }) => /^\S*pg_dump /.test(commandLine));
    const servers = seen.filter(({ commandLine }) => /^\S*postgres -D/.test(commandLine));
    expect(servers.length).toBeGreaterThan(0);
    // The look must be able to see: it finds what is surely there.
    expect(dump?.environment).toContain(`PGPASSWORD=${new URL(owner).password}`);
    expect(dump?.commandLine).not.toContain('--file');

    const secrets = [new URL(owner).password, new URL(connection).password, t.emulator.apiKey, 'canary'];
    for (const { commandLine } of seen)
      for (const secret of secrets) expect(commandLine).not.toContain(secret);
    const informed = seen.filter(({ environment }) => environment.includes('canary'));
    expect(informed.map(({ commandLine }) => commandLine)).toEqual([]);
  },
);
