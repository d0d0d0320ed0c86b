import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CatalogNotMigratedError,
  CatalogUnreachableError,
  type ConnectedTenantry,
  connectTenantry,
  TenantryClient,
} from '../../client/index.js';
import { TenantOperations } from '../../client/tenant-operations.js';
import { emptyDatabase } from '../support/catalog-database.js';
import { runTenantry } from '../support/command-line.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;
const connected: ConnectedTenantry[] = [];

beforeAll(async () => {
  t = await startTenantry();
});

afterAll(async () => {
  await Promise.all(connected.map((each) => each.close()));
  await t.stop();
});

async function clientOf(catalogUrl: string): Promise<TenantryClient> {
  // So that every run is named by the catalog's own id too.
  const fleet = { ...t.fleet, encryptPayloads: true, visibleTenant: 'digest' } as const;
  const client = await connectTenantry(fleet, { ...t.environment, TENANTRY_CATALOG_URL: catalogUrl });
  connected.push(client);
  return client.tenantry;
}

const away = 'postgresql://me:canary@127.0.0.1:1/catalog';
const asCatalog = (sql: string) =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) => client.query(sql));

/** What each public method is called with. `null`: it asks no catalog. */
const reads: Record<
  Exclude<keyof TenantryClient, 'start' | 'execute' | 'fleet' | 'events' | 'reconcile'>,
  ((client: TenantryClient) => Promise<unknown>) | null
> = {
  lastOperation: (client) => client.lastOperation('acme'),
  operationUnderWay: (client) => client.operationUnderWay('acme'),
  giveUp: (client) => client.giveUp('acme'),
  exportRecord: (client) => client.exportRecord('acme'),
  drills: (client) => client.drills(),
  snapshots: (client) => client.snapshots('acme'),
  keptStates: (client) => client.keptStates('acme'),
  branches: (client) => client.branches('acme'),
  branchConnectionString: (client) => client.branchConnectionString('acme', 'preview'),
  removeBranch: (client) => client.removeBranch('acme', 'preview'),
  removeSnapshot: (client) => client.removeSnapshot('acme', 'monday'),
  get: (client) => client.get('acme'),
  attention: (client) => client.attention(),
  operationStatus: (client) => client.operationStatus('acme'),
  list: (client) => client.list(),
  tenants: async (client) => {
    for await (const _ of client.tenants());
  },
  count: (client) => client.count(),
  history: (client) => client.history('acme'),
  connectionString: (client) => client.connectionString('acme'),
  resealSecrets: (client) => client.resealSecrets(),
  pool: (client) => client.pool('acme'),
  builds: (client) => client.builds(),
  forgetBuild: (client) => client.forgetBuild('web-1.4.2'),
  poolsReport: null,
  close: null,
};

const inputs: Partial<Record<keyof TenantOperations, unknown[]>> = {
  onboard: [{ id: 'acme' }],
  changePlan: ['acme', { plan: 'pro' }],
  previewPlanChange: ['acme', { plan: 'pro' }],
  adopt: ['acme', { projectId: 'old-lake' }],
  previewAdoption: ['acme', { projectId: 'old-lake' }],
  restore: ['acme', { to: { snapshot: 'monday' } }],
  branch: ['acme', { name: 'preview' }],
};

const operations = Object.getOwnPropertyNames(TenantOperations.prototype).filter(
  (name) => name !== 'constructor',
) as (keyof TenantOperations)[];

const calls: (readonly [string, (client: TenantryClient) => Promise<unknown>])[] = [
  ...Object.entries(reads).flatMap(([name, call]) => (call === null ? [] : [[name, call] as const])),
  ['events.addEndpoint', (client) => client.events.addEndpoint('https://example.com/')],
  ['events.endpoints', (client) => client.events.endpoints()],
  ['events.list', (client) => client.events.list()],
  ['events.replay', (client) => client.events.replay('ep-1', { from: new Date() })],
  ['reconcile.findings', (client) => client.reconcile.findings()],
  ['reconcile.last', (client) => client.reconcile.last()],
  ['reconcile.quarantine', (client) => client.reconcile.quarantine()],
  ['fleet.list', (client) => client.fleet.list()],
  ['fleet.get', (client) => client.fleet.get('migrate-1')],
  ['fleet.preview', (client) => client.fleet.preview({ verb: 'rotateCredentials' })],
  ...operations.map((name) => {
    const call = (client: TenantryClient) =>
      (client.start[name] as (...asked: unknown[]) => Promise<unknown>)(...(inputs[name] ?? ['acme']));
    return [`start.${name}`, call] as const;
  }),
];

const rejectionsOf = async (client: TenantryClient) => {
  const rejections: Record<string, unknown> = {};
  for (const [name, call] of calls)
    rejections[name] = await call(client).then(
      () => 'no error',
      (error: unknown) => error,
    );
  return Object.entries(rejections);
};

it('every public method of the client is tried here', () => {
  const methods = Object.getOwnPropertyNames(TenantryClient.prototype).filter(
    (name) => name !== 'constructor',
  );
  expect(methods.sort()).toEqual(Object.keys(reads).sort());
});

describe('where the catalog', () => {
  it('does not answer, every method says so, how to mend it, and no password', async () => {
    for (const [name, error] of await rejectionsOf(await clientOf(away))) {
      expect(error, name).toBeInstanceOf(CatalogUnreachableError);
      expect(error, name).toMatchObject({
        code: 'CATALOG_UNREACHABLE',
        message:
          'cannot reach the catalog (connect ECONNREFUSED 127.0.0.1:1): start that Postgres, or set TENANTRY_CATALOG_URL to one that is up',
      });
    }
  });

  it('lets nobody in, every method says so', async () => {
    const url = Object.assign(new URL(t.environment.TENANTRY_CATALOG_URL ?? ''), { password: 'canary' });
    for (const [name, error] of await rejectionsOf(await clientOf(url.href))) {
      expect(error, name).toBeInstanceOf(CatalogUnreachableError);
      expect((error as Error).message, name).toMatch(/^TENANTRY_CATALOG_URL is refused: password/);
    }
  });

  it('was never migrated, every method says which command does that', async () => {
    for (const [name, error] of await rejectionsOf(await clientOf(await emptyDatabase()))) {
      expect(error, name).toBeInstanceOf(CatalogNotMigratedError);
      expect(error, name).toMatchObject({
        code: 'CATALOG_NOT_MIGRATED',
        message: expect.stringMatching(/^the catalog at TENANTRY_CATALOG_URL .*\(tenantry worker\)/),
      });
    }
  });

  it('is of an older release, which lacks a column, it is no raw error either', async () => {
    const client = await clientOf(t.environment.TENANTRY_CATALOG_URL ?? '');
    expect(await client.list()).toMatchObject({ tenants: [] });
    await asCatalog('alter table tenantry.tenants rename column fleet to later');
    await expect(client.list()).rejects.toBeInstanceOf(CatalogNotMigratedError);
    await asCatalog('alter table tenantry.tenants rename column later to fleet');
  });

  it.each([
    ['does not answer', async () => away],
    ['was never migrated', emptyDatabase],
  ])('%s, a command exits with 5 and says so on one line', async (_, url) => {
    const environment = { ...t.environment, TENANTRY_CATALOG_URL: await url() };
    for (const command of [['list'], ['history', 'acme'], ['suspend', 'acme'], ['attention']]) {
      const { exitCode, stdout, stderr } = await runTenantry(command, environment);
      expect({ exitCode, stdout, stderr }).toEqual({
        exitCode: 5,
        stdout: '',
        stderr: expect.stringMatching(/^tenantry: .*catalog.*\n$/),
      });
    }
  });
});
