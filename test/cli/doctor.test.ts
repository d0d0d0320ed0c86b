import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { openCatalog } from '../../catalog/catalog.js';
import { migrateCatalog } from '../../catalog/migrate.js';
import { parseSealKeys } from '../../catalog/seal.js';
import type { Result } from '../../cli/doctor/check.js';
import { checks } from '../../cli/doctor/checks.js';
import { verdict, view } from '../../cli/doctor/report.js';
import { runChecks } from '../../cli/doctor/run-checks.js';
import { refusedInQueries } from '../../cli/doctor/search-attributes.js';
import { subjectOf } from '../../cli/doctor/subject.js';
import { freePort } from '../../local/free-port.js';
import { startTemporalServer } from '../../local/temporal-server.js';
import { installReconcile } from '../../worker/reconcile-schedule.js';
import { installSweep } from '../../worker/sweep-schedule.js';
import { namesOf, newcomer } from '../catalog/test-catalog.js';
import { runTenantry } from '../support/command-line.js';
import { startTestEmulator, type TestEmulator } from '../support/emulator.js';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.js';
import { withClient } from '../support/sql.js';
import { freePlan, startTenantry, type TestTenantry } from '../support/tenantry.js';

const everyCheck = [
  'environment',
  'fleet',
  'migrations',
  'catalog',
  'catalog-schema',
  'seal-key',
  'roles',
  'plans',
  'temporal',
  'namespace',
  'search-attributes',
  'workers',
  'sweep',
  'reconcile',
  'metering',
  'backups',
  'pools',
  'events',
  'neon',
  'neon-key',
  'neon-regions',
  'neon-limits',
  'neon-pace',
  'consumption-pace',
  'disk',
];

const report = z.array(
  z.strictObject({
    check: z.string(),
    status: z.enum(['ok', 'problem', 'skipped']),
    message: z.string().min(1),
    cure: z.string().min(1).nullable(),
  }),
);

/** Through the command, as a process of its own. */
async function doctor(environment: Readonly<Record<string, string>>) {
  const { exitCode, stdout, stderr } = await runTenantry(['doctor', '--json'], environment);
  expect(stderr).toBe('');
  return diagnosis(exitCode, stdout);
}

/** The same checks on the same environment, in this process. */
async function doctorHere(environment: Readonly<Record<string, string>>) {
  const found: Result[] = [];
  const subject = subjectOf(environment, 'the environment of the test');
  for await (const result of runChecks(checks, subject)) found.push(result);
  return diagnosis(verdict(found), JSON.stringify(found.map(view)));
}

function diagnosis(exitCode: number | null, stdout: string) {
  const results = report.parse(JSON.parse(stdout));
  return {
    exitCode,
    stdout,
    results,
    problems: results.filter(({ status }) => status === 'problem'),
    skipped: results.filter(({ status }) => status === 'skipped'),
  };
}

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
  await t.writeMigration('0001_notes.sql', 'create table notes (id int primary key);');
  await t.startWorker();
  // As a worker in a process of its own does.
  await installSweep(t.temporal, t.fleet, t.taskQueue);
  await installReconcile(t.temporal, t.fleet, t.taskQueue);
  // So that the catalog holds secrets.
  await t.tenantry.execute.onboard({ id: 'acme' });
});

const others: TestEmulator[] = [];

/** Another account, on that plan of Neon's. */
async function emulatorOf(plan: string) {
  const folder = path.join(t.folder, plan);
  await mkdir(folder);
  const emulator = await startTestEmulator(inject('ground'), folder, { plan });
  others.push(emulator);
  return { NEON_API_HOST: emulator.url, NEON_API_KEY: emulator.apiKey, NEON_ORG_ID: emulator.orgId };
}

afterAll(async () => {
  for (const emulator of others) await emulator.stop();
  await t.temporal.schedule.getHandle('sweep/paused').delete();
  await t.stop();
});

describe('tenantry doctor, where all is well', () => {
  it('says so in a line a check, and exits with 0', async () => {
    const { exitCode, stdout, stderr } = await runTenantry(['doctor'], t.environment);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.split(/\s+/).slice(0, 2))).toEqual(everyCheck.map((name) => ['✓', name]));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('prints every check as JSON, none with a cure', async () => {
    const { exitCode, results } = await doctor(t.environment);
    expect(results.map(({ check, status, cure }) => [check, status, cure])).toEqual(
      everyCheck.map((name) => [name, 'ok', null]),
    );
    expect(exitCode).toBe(0);
  });
});

/** A worker that goes on saying that it lives, in a catalog or of a fleet that the real one is not of. */
const workerHeardOf = (catalogUrl: string, fleet: string) =>
  withClient(catalogUrl, (client) =>
    client.query(
      `insert into tenantry.workers (fleet, task_queue, id, identity, seen_at)
       values ($1, $2, gen_random_uuid(), 'another', now() + interval '1 hour')`,
      [fleet, t.taskQueue],
    ),
  );

interface Fault {
  /** What is changed in an environment where all is well. */
  readonly change: () => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;
  readonly check: string;
  readonly message: RegExp;
  readonly cure: RegExp;
  /** @default 1 */
  readonly exitCode?: number;
}

const faults: Readonly<Record<string, Fault>> = {
  'an API key that is not set': {
    change: () => ({ NEON_API_KEY: '' }),
    check: 'environment',
    message: /NEON_API_KEY is not set/,
    cure: /set or correct/,
  },
  'a seal key that is too short': {
    change: () => ({ TENANTRY_SEAL_KEY: 'test:c2hvcnQ=' }),
    check: 'environment',
    message: /seal key "test" has 5 bytes and not 32: make one with openssl rand -base64 32/,
    cure: /set or correct/,
  },
  'no fleet file': {
    change: () => ({ TENANTRY_CONFIG: '/nowhere/tenantry.config.ts' }),
    check: 'fleet',
    message: /there is no \/nowhere\/tenantry.config.ts/,
    cure: /TENANTRY_CONFIG/,
  },
  'a fleet file that does not run': {
    change: () => config('throws', 'throw new Error("half written")'),
    check: 'fleet',
    message: /does not load: .*half written/,
    cure: /fix that file/,
  },
  'no migrations folder': {
    change: () => fleetWith({ migrations: 'not-there' }),
    check: 'migrations',
    message: /migrations folder .*not-there does not exist/,
    cure: /make it/,
  },
  'a migrations folder without SQL': {
    change: () => migrations('bare', { 'readme.txt': 'soon' }),
    check: 'migrations',
    message: /holds no \.sql file/,
    cure: /put a first migration there/,
  },
  'two migrations with one number': {
    change: () => migrations('twins', { '0001_a.sql': 'select 1', '1_b.sql': 'select 1' }),
    check: 'migrations',
    message: /0001_a\.sql and 1_b\.sql have the same number, 1/,
    cure: /rename, fix or remove/,
  },
  'migrations that have no number, no content, or no file behind them': {
    async change() {
      const environment = await migrations('unfit', {
        'notes.sql': 'select 1',
        '0001_a.sql': '-- Up Migration\n\n-- Down Migration\n',
      });
      await symlink('gone.sql', path.join(t.folder, 'unfit', '0002_b.sql'));
      return environment;
    },
    check: 'migrations',
    message:
      /notes\.sql does not begin with a number, .*; 0001_a\.sql holds no statement; 0002_b\.sql cannot be read/,
    cure: /rename, fix or remove/,
  },
  'a catalog that is down': {
    change: async () => ({ TENANTRY_CATALOG_URL: `postgresql://u:p@127.0.0.1:${await freePort()}/catalog` }),
    check: 'catalog',
    message: /does not answer at 127\.0\.0\.1:\d+\/catalog \(.*ECONNREFUSED/,
    cure: /start that Postgres/,
    exitCode: 5,
  },
  'a catalog that is no Postgres': {
    change: () => ({ TENANTRY_CATALOG_URL: `postgresql://u:p@${new URL(t.emulator.url).host}/catalog` }),
    check: 'catalog',
    message: /does not answer as Postgres does/,
    cure: /set TENANTRY_CATALOG_URL to a database of PostgreSQL/,
  },
  'a wrong password of the catalog': {
    change: () =>
      catalogUrl((url) => {
        url.password = 'not-the-password';
      }),
    check: 'catalog',
    message: /refuses the login/,
    cure: /set the user and the password in TENANTRY_CATALOG_URL/,
  },
  'a catalog database that is not there': {
    change: () =>
      catalogUrl((url) => {
        url.pathname = '/not-there';
      }),
    check: 'catalog',
    message: /database "not-there" does not exist/,
    cure: /create that database/,
  },
  'a catalog that is not migrated': {
    async change() {
      const name = `bare${randomBytes(5).toString('hex')}`;
      await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
        client.query(`create database ${name}`),
      );
      return catalogUrl((url) => {
        url.pathname = `/${name}`;
      });
    },
    check: 'catalog-schema',
    message: /lacks the migrations 0001_tenants/,
    cure: /workers migrate their catalog, so start a worker/,
  },
  'a catalog that a newer release migrated': {
    async change() {
      const name = `newer${randomBytes(5).toString('hex')}`;
      const { TENANTRY_CATALOG_URL: url = '' } = t.environment;
      const template = new URL(url);
      template.pathname = `/${name}`;
      await withClient(url, (client) => client.query(`create database ${name}`));
      await migrateCatalog(template.href);
      await withClient(template.href, (client) =>
        client.query("insert into tenantry.migrations (name, run_on) values ('9999_later', now())"),
      );
      return { TENANTRY_CATALOG_URL: template.href };
    },
    check: 'catalog-schema',
    message: /does not know 9999_later/,
    cure: /update Tenantry here/,
  },
  'a user of the catalog who may not migrate it': {
    async change() {
      const role = `r${randomBytes(5).toString('hex')}`;
      await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
        client.query(`create role ${role} login password 'limited'`),
      );
      return catalogUrl((url) => {
        url.username = role;
        url.password = 'limited';
      });
    },
    check: 'catalog-schema',
    message: /lacks CREATE on the database .*, CREATE on the schema tenantry, the ownership of tenantry\./,
    cure: /grant it/,
  },
  'another seal key with the same id': {
    change: () => ({ TENANTRY_SEAL_KEY: `test:${randomBytes(32).toString('base64')}` }),
    check: 'seal-key',
    message: /does not open with key "test"/,
    cure: /add the key that sealed it/,
  },
  'a new seal key without the old one behind it': {
    change: () => ({ TENANTRY_SEAL_KEY: `next:${randomBytes(32).toString('base64')}` }),
    check: 'seal-key',
    message: /sealed with key "test", which TENANTRY_SEAL_KEY does not hold/,
    cure: /behind the first, with a comma between/,
  },
  'a secret that was put back from a backup of the catalog': {
    async change() {
      const name = `putback${randomBytes(5).toString('hex')}`;
      const { TENANTRY_CATALOG_URL: url = '', TENANTRY_SEAL_KEY: sealKey = '' } = t.environment;
      const template = new URL(url);
      template.pathname = `/${name}`;
      await withClient(url, (client) => client.query(`create database ${name}`));
      await migrateCatalog(template.href);
      await workerHeardOf(template.href, t.fleet.name);
      const catalog = openCatalog({ url: template.href, sealKeys: parseSealKeys(sealKey), connections: 1 });
      const acme = newcomer();
      await catalog.tenants.beginOnboarding(acme, namesOf(acme));
      await withClient(template.href, async (client) => {
        await catalog.secrets.put(acme, 'app', 'old');
        await client.query('create temp table backup as select * from tenantry.secrets');
        await catalog.secrets.put(acme, 'app', 'new');
        await client.query('delete from tenantry.secrets');
        const columns = 'fleet, tenant_id, kind, key_id, nonce, ciphertext, sealed_at, generation';
        await client.query(`insert into tenantry.secrets (${columns}) select ${columns} from backup`);
      });
      await catalog.close();
      return { TENANTRY_CATALOG_URL: template.href };
    },
    check: 'seal-key',
    message: /is not the one that was sealed last/,
    cure: /look who writes to the catalog besides Tenantry, then: .*rotate <id> --owner/,
  },
  'Temporal down': {
    change: async () => ({ TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` }),
    check: 'temporal',
    message: /does not answer at 127\.0\.0\.1/,
    cure: /set TEMPORAL_ADDRESS/,
    exitCode: 5,
  },
  "Temporal's settings in a file that is not there": {
    change: () => ({ TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere/cert.pem' }),
    check: 'temporal',
    message: /settings \(TEMPORAL_…\) cannot be read/,
    cure: /fix/,
  },
  'a namespace that is not there': {
    change: () => ({ TEMPORAL_NAMESPACE: 'not-there' }),
    check: 'namespace',
    message: /no namespace "not-there"/,
    cure: /temporal operator namespace create .*--namespace not-there/,
  },
  'no worker on the queue': {
    change: () => ({ TENANTRY_TASK_QUEUE: 'deserted' }),
    check: 'workers',
    message:
      /workflows from the task queue "deserted".*calls to Neon from the task queue "deserted-neon".*comparisons from the task queue "deserted-heavy"/,
    cure: /start a worker.*TENANTRY_TASK_QUEUE has to be deserted/,
  },
  'a worker that was killed, of which Temporal says that it polls': {
    async change() {
      // Temporal knows the workers of the queue, and this catalog has heard of none.
      const template = new URL(t.environment.TENANTRY_CATALOG_URL ?? '');
      const url = template.href;
      const name = `silent_${randomBytes(4).toString('hex')}`;
      await withClient(url, (client) => client.query(`create database ${name}`));
      template.pathname = name;
      await migrateCatalog(template.href);
      return { TENANTRY_CATALOG_URL: template.href };
    },
    check: 'workers',
    message: /^no worker is alive on "\S+": the last never was heard of, and one says so every second$/,
    cure: /logs worker.*start a worker/,
  },
  'nothing that sweeps': {
    async change() {
      await workerHeardOf(t.environment.TENANTRY_CATALOG_URL ?? '', 'unswept');
      return fleetWith({ name: 'unswept' });
    },
    check: 'sweep',
    message: /^there is no schedule "sweep\/unswept"/,
    cure: /start a worker/,
  },
  'a sweep that somebody paused': {
    async change() {
      await installSweep(t.temporal, { ...t.fleet, name: 'paused' }, t.taskQueue);
      await t.temporal.schedule.getHandle('sweep/paused').pause('on holiday');
      await workerHeardOf(t.environment.TENANTRY_CATALOG_URL ?? '', 'paused');
      return fleetWith({ name: 'paused' });
    },
    check: 'sweep',
    message: /^the schedule "sweep\/paused" is paused \(on holiday\)/,
    cure: /temporal schedule toggle --unpause --schedule-id sweep\/paused/,
  },
  'Neon down': {
    change: async () => ({ NEON_API_HOST: `http://127.0.0.1:${await freePort()}/api/v2` }),
    check: 'neon',
    message: /does not answer at NEON_API_HOST .*ECONNREFUSED/,
    cure: /NEON_API_HOST/,
    exitCode: 5,
  },
  "an address of Neon's that would have the key in clear": {
    change: () => ({ NEON_API_HOST: 'http://emulator:4400/api/v2' }),
    check: 'environment',
    message: /NEON_API_HOST would send the key in clear to emulator; .*NEON_API_INSECURE_HOST/,
    cure: /set or correct these variables/,
  },
  "an address that is not that of Neon's API": {
    change: () => ({ NEON_API_HOST: new URL('/', t.emulator.url).href }),
    check: 'neon-key',
    message: /does not answer as Neon's API v2 does/,
    cure: /^It usually ends in \/api\/v2\.$/,
  },
  'an API key that Neon does not know': {
    change: () => ({ NEON_API_KEY: 'napi_unknown_key' }),
    check: 'neon-key',
    message: /NEON_API_KEY is not a key that .* knows\.$/,
    cure: /^Make one in Neon's console/,
  },
  'an API key made for one project': {
    async change() {
      const tenant = await t.tenantry.get('acme');
      return { NEON_API_KEY: await t.emulator.createApiKey('project', tenant?.projectId) };
    },
    check: 'neon-key',
    message: /has no power over NEON_ORG_ID/,
    cure: /use an organization's key/,
  },
  'a personal API key without the organization': {
    change: async () => ({ NEON_API_KEY: await t.emulator.createApiKey('personal'), NEON_ORG_ID: '' }),
    check: 'neon-key',
    message: /needs NEON_ORG_ID beside it/,
    cure: /set what it names/,
  },
  'an organization that the key has no power over': {
    change: () => ({ NEON_ORG_ID: 'org-strange-one-12345678' }),
    check: 'neon-key',
    message: /has no power over NEON_ORG_ID org-strange-one-12345678/,
    cure: /use an organization's key/,
  },
  'a tenant from before the fleet gave its role a schema': {
    change: () => fleetWith({ appRole: { ownSchema: 'app' } }),
    check: 'roles',
    message: /^the role of one tenant is held to other rules than .* appRole say: acme$/,
    cure: /rotate <id>/,
  },
  'a plan that a tenant has and that the fleet lacks': {
    change: () => fleetWith({ plans: { pro: freePlan }, defaultPlan: 'pro' }),
    check: 'plans',
    message: /^1 tenant has the plan "free", which the fleet lacks: acme$/,
    cure: /put each back .* tenantry plan <id> <plan>/,
  },
  'a plan in a region that Neon does not have': {
    change: () => fleetWith({ plans: { free: { ...freePlan, region: 'mars-north-1' } } }),
    check: 'neon-regions',
    message: /plan "free" asks for the region mars-north-1/,
    cure: /name one of these .*aws-us-east-1/,
  },
  'plans that ask for more than the account may have': {
    async change() {
      const emulator = await emulatorOf('free_v3');
      const fleet = await fleetWith({
        plans: {
          free: freePlan,
          pro: { ...freePlan, compute: { maxCu: 4 }, historyRetentionSeconds: 86_400 },
        },
      });
      return { ...emulator, ...fleet };
    },
    check: 'neon-limits',
    message:
      /^plan "pro" asks for compute\.maxCu 4 where 2 is the most; plan "pro" asks for historyRetentionSeconds 86400 where 21600 is the most: the plan free_v3 at Neon allows no more$/,
    cure: /lower it in the fleet's file, or change the plan at Neon/,
  },
};

// At once, for many of them wait for a server that does not answer.
describe.concurrent('tenantry doctor finds', () => {
  // Ten of them through the command; a process for each would take minutes.
  const asked = Object.entries(faults).map(
    ([name, fault], index) => [name, fault, index < 10 ? doctor : doctorHere] as const,
  );

  it.each(asked)('%s, and nothing else', async (_, fault, ask) => {
    const change = await fault.change();
    const environment = { ...t.environment, ...change };
    const { exitCode, results, problems, skipped, stdout } = await ask(environment);

    expect(results.map(({ check }) => check)).toEqual(everyCheck);
    expect(problems).toEqual([
      {
        check: fault.check,
        status: 'problem',
        message: expect.stringMatching(fault.message),
        cure: expect.stringMatching(fault.cure),
      },
    ]);
    for (const { message } of skipped)
      expect(message).toMatch(/it needs the check|is not set or cannot be read/);
    expect(exitCode).toBe(fault.exitCode ?? 1);
    for (const secret of secretsOf(environment)) expect(stdout).not.toContain(secret);
  });

  it('everything at once that is wrong and does not hang together', async () => {
    const { exitCode, problems, skipped } = await doctor({
      ...t.environment,
      TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`,
      NEON_API_KEY: 'napi_unknown_key',
      TENANTRY_SEAL_KEY: `next:${randomBytes(32).toString('base64')}`,
    });
    expect(problems.map(({ check }) => check)).toEqual(['seal-key', 'temporal', 'neon-key']);
    expect(skipped.map(({ check, message }) => [check, message])).toEqual([
      ['namespace', 'it needs the check "temporal" to be well'],
      ['search-attributes', 'it needs the check "namespace" to be well'],
      ['workers', 'it needs the check "namespace" to be well'],
      ['sweep', 'it needs the check "search-attributes" to be well'],
      ['reconcile', 'it needs the check "sweep" to be well'],
      ['metering', 'it needs the check "sweep" to be well'],
      ['backups', 'it needs the check "sweep" to be well'],
      ['neon-regions', 'it needs the check "neon-key" to be well'],
      ['neon-limits', 'it needs the check "neon-key" to be well'],
      ['neon-pace', 'it needs the check "workers" to be well'],
      ['consumption-pace', 'it needs the check "workers" to be well'],
    ]);
    expect(exitCode).toBe(1);
  });

  it('servers that take a connection and say nothing, and comes to its end', async () => {
    const mute = createServer();
    const sockets = new Set<Socket>();
    mute.on('connection', (socket) => sockets.add(socket));
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const host = `127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const { exitCode, problems } = await doctor({
      ...t.environment,
      TENANTRY_CATALOG_URL: `postgresql://u:p@${host}/catalog`,
      TEMPORAL_ADDRESS: host,
      NEON_API_HOST: `http://${host}/api/v2`,
    });
    for (const socket of sockets) socket.destroy();
    mute.close();
    expect(problems.map(({ check }) => check)).toEqual(['catalog', 'temporal', 'neon']);
    expect(exitCode).toBe(5);
  });
});

describe('search attributes', () => {
  let scratch: ScratchFolder;
  let stop: () => Promise<void>;
  let own: TestTenantry;

  beforeAll(async () => {
    scratch = scratchFolder('tenantry-doctor-');
    const server = await startTemporalServer({
      binary: inject('ground').toolchain.temporal,
      stateDir: scratch.path,
      headless: true,
      searchAttributes: { TenantId: 'Keyword', Plan: 'Text' },
    });
    own = await startTenantry({ temporalAddress: server.address });
    await own.writeMigration('0001_notes.sql', 'create table notes (id int primary key);');
    await own.startWorker();
    stop = () => server.stop('SIGKILL');
  });

  afterAll(async () => {
    await own.stop();
    await stop();
    scratch.remove();
  });

  it('that a server will not list are found by queries', async () => {
    const connection = own.temporal.connection as Connection;
    const refused = await refusedInQueries({ connection, namespace: 'default' }, ['TenantId', 'Nowhere']);
    expect(refused).toEqual(['Nowhere']);
  });

  it('that are missing or of another type are found, and the commands that doctor names fix it', async () => {
    const { exitCode, problems } = await doctor(own.environment);
    expect(problems).toMatchObject([{ check: 'search-attributes' }]);
    expect(exitCode).toBe(1);
    const [{ message, cure } = { message: '', cure: '' }] = problems;
    expect(message).toContain('Fleet (Keyword) is not registered');
    expect(message).toContain('Stage (Keyword) is not registered');
    expect(message).toContain('Plan is a Text and not a Keyword');

    const commands = (cure ?? '').match(/temporal operator search-attribute [^;]+/g) ?? [];
    for (const command of commands) await temporal(command.trim().split(' ').slice(1));
    await installSweep(own.temporal, own.fleet, own.taskQueue);
    await installReconcile(own.temporal, own.fleet, own.taskQueue);
    await expect.poll(async () => (await doctor(own.environment)).problems, { timeout: 30_000 }).toEqual([]);
  });
});

/** Runs Temporal's own command, with the yes of a person who is asked before anything is removed. */
async function temporal(args: readonly string[]): Promise<void> {
  const { temporal: binary } = inject('ground').toolchain;
  await promisify(execFile)(binary, args.includes('remove') ? [...args, '--yes'] : args, { timeout: 20_000 });
}

async function config(name: string, code: string): Promise<Record<string, string>> {
  const file = path.join(t.folder, `${name}.config.mjs`);
  await writeFile(file, code);
  return { TENANTRY_CONFIG: file };
}

/** The installation's fleet, changed. */
function fleetWith(change: Readonly<Record<string, unknown>>) {
  const { name, timings } = t.fleet;
  const { appRole } = t.fleet;
  const definition = {
    name,
    plans: { free: freePlan },
    timings,
    appRole,
    migrations: 'migrations',
    ...change,
  };
  return config(`fleet-${randomBytes(3).toString('hex')}`, `export default ${JSON.stringify(definition)}`);
}

async function migrations(folder: string, files: Readonly<Record<string, string>>) {
  await mkdir(path.join(t.folder, folder));
  for (const [file, content] of Object.entries(files)) {
    await writeFile(path.join(t.folder, folder, file), content);
  }
  return fleetWith({ migrations: folder });
}

function catalogUrl(change: (url: URL) => void): Record<string, string> {
  const url = new URL(t.environment.TENANTRY_CATALOG_URL ?? '');
  change(url);
  return { TENANTRY_CATALOG_URL: url.href };
}

function secretsOf(environment: Readonly<Record<string, string>>): string[] {
  const {
    NEON_API_KEY: key = '',
    TENANTRY_SEAL_KEY: seal = '',
    TENANTRY_CATALOG_URL: url = '',
  } = environment;
  return [key, seal.split(':')[1] ?? '', new URL(url).password].filter((secret) => secret.length > 1);
}
