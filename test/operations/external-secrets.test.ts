import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectTenantry } from '../../client/index.js';
import { awsSecretsManager } from '../../secrets/aws-secrets-manager.js';
import { runTenantry } from '../support/command-line.js';
import { compiledModule } from '../support/compiled-module.js';
import { more } from '../support/long-form.js';
import { startSecretsManager, type TestSecretsManager } from '../support/secrets-manager.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

let aws: TestSecretsManager;
let t: TestTenantry;

beforeEach(async () => {
  aws = await startSecretsManager();
  t = await startTenantry({
    fleet: {
      secrets: awsSecretsManager({ client: aws.client }),
      timings: { ...quickTimings, rotationOverlap: 100 },
    },
  });
});

afterEach(async () => {
  await t.stop();
  await aws.stop();
});

const roleOf = (connectionString: string) =>
  withClient(connectionString, async (client) => {
    const { rows } = await client.query<{ role: string }>('select session_user as role');
    return rows[0]?.role;
  });

const sealedRows = () =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', async (client) => {
    const { rows } = await client.query('select kind from tenantry.secrets');
    return rows;
  });

const kindsInAws = () =>
  [...aws.secrets.values()]
    .filter(({ deleted }) => deleted === undefined)
    .map(({ name }) => name.split('/').at(-1))
    .sort();

/** What a process of its own is told: the fleet in a file with its store, and no seal key. */
async function unsealedEnvironment() {
  const config = path.join(t.folder, 'unsealed.config.mjs');
  const { name, plans, defaultPlan, timings, migrations } = t.fleet;
  const store = compiledModule('secrets/aws-secrets-manager');
  await writeFile(
    config,
    `import { awsSecretsManager } from ${JSON.stringify(store)};
     const secrets = awsSecretsManager(${JSON.stringify({ client: aws.client })});
     export default { ...${JSON.stringify({ name, plans, defaultPlan, timings, migrations })}, secrets };`,
  );
  return { ...t.environment, TENANTRY_CONFIG: config, TENANTRY_SEAL_KEY: '' };
}

describe('a fleet whose secrets live in AWS Secrets Manager', () => {
  it('takes a tenant through its life without one secret in the catalog', async () => {
    await t.startWorker();
    await t.tenantry.execute.onboard({ id: 'acme' });
    expect(kindsInAws()).toEqual(['app', 'owner']);
    const connection = await t.tenantry.connectionString('acme');
    const role = (await t.tenantry.get('acme'))?.appRole;
    expect(await roleOf(connection)).toBe(role);

    await t.tenantry.execute.suspend('acme');
    await expect(roleOf(connection)).rejects.toThrow();
    await t.tenantry.execute.resume('acme');
    expect(await t.tenantry.connectionString('acme')).toBe(connection);
    expect(await roleOf(connection)).toBe(role);
    expect(await sealedRows()).toEqual([]);

    await t.tenantry.execute.offboard('acme', { graceMs: 0 });
    expect(kindsInAws()).toEqual([]);
    expect(await sealedRows()).toEqual([]);
  });

  more(
    'needs no seal key: no worker, no client and no command does',
    async () => {
      const environment = await unsealedEnvironment();
      const worker = await startKillableWorker({ ...t, environment });
      try {
        await t.tenantry.execute.onboard({ id: 'acme' });
        const printed = await runTenantry(['connect', 'acme', '--print'], environment);
        expect(printed.stdout.trim()).toBe(await t.tenantry.connectionString('acme'));
        const { stdout } = await runTenantry(['doctor'], environment);
        expect(stdout).toMatch(/✓ environment/);
        expect(stdout).toMatch(/✓ seal-key +not needed/);
      } finally {
        await worker.stop();
      }
      const { secrets: _, ...sealing } = t.fleet;
      await expect(connectTenantry(sealing, environment)).rejects.toThrow('TENANTRY_SEAL_KEY is not set');
    },
    120_000,
  );

  it('makes one project though the store is out of reach when its owner is to be kept', async () => {
    await t.startWorker();
    aws.refuse('CreateSecret', 3, 503, 'ServiceUnavailable');
    await t.tenantry.execute.onboard({ id: 'acme' });
    const attempts = aws.calls.filter(({ action }) => action === 'CreateSecret').length;
    expect(attempts).toBeGreaterThan(3);
    expect(await roleOf(await t.tenantry.connectionString('acme'))).toBeDefined();
    expect(await t.emulator.liveProjects()).toHaveLength(1);
  });

  it('publishes a new login though the store fails between its secret and its row', async () => {
    await t.startWorker();
    await t.tenantry.execute.onboard({ id: 'acme' });
    const before = (await t.tenantry.get('acme'))?.appRole;
    aws.refuse('DeleteSecret', 3, 500, 'InternalServiceError');
    const { role } = await t.tenantry.execute.rotateCredentials('acme');
    expect(role).not.toBe(before);
    expect((await t.tenantry.get('acme'))?.appRole).toBe(role);
    expect(await roleOf(await t.tenantry.connectionString('acme'))).toBe(role);
    expect(kindsInAws()).toEqual(['app', 'owner']);
  });
});
