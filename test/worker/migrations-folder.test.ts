import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { defineFleet } from '../../tenancy/fleet.js';
import { locateMigrations } from '../../worker/load-fleet.js';
import { createWorker } from '../../worker/worker-from-environment.js';
import { scratchFolder } from '../support/scratch-folder.js';

const fleet = (migrations: string) =>
  defineFleet({ name: 'handed-over', plans: { free: { region: 'aws-us-east-1' } }, migrations });

/** Nothing answers there, and nothing is asked: the fleet is looked at first. */
const nowhere = {
  TENANTRY_CATALOG_URL: 'postgresql://tenantry:x@127.0.0.1:1/catalog',
  TENANTRY_SEAL_KEY: `test:${Buffer.alloc(32, 1).toString('base64')}`,
  NEON_API_KEY: 'x',
  NEON_API_HOST: 'http://127.0.0.1:1',
};

function folder(): string {
  const scratch = scratchFolder('tenantry-migrations-');
  onTestFinished(() => scratch.remove());
  return scratch.path;
}

it('is beside the fleet file, for a fleet that is handed over too', async () => {
  const home = folder();
  await mkdir(path.join(home, 'config', 'tenant-migrations'), { recursive: true });
  const environment = { TENANTRY_CONFIG: path.join(home, 'config', 'tenantry.config.mjs') };
  const { migrations } = await locateMigrations(fleet('tenant-migrations'), environment);
  expect(migrations).toBe(path.join(home, 'config', 'tenant-migrations'));
});

it('ends the start of a worker that was handed a fleet where it is not there, and says how to name it', async () => {
  const home = folder();
  const environment = { ...nowhere, TENANTRY_CONFIG: path.join(home, 'tenantry.config.mjs') };
  const starting = createWorker({ fleet: fleet('tenant-migrations'), environment });
  await expect(starting).rejects.toMatchObject({
    name: 'FleetFileError',
    message: expect.stringContaining(`${path.join(home, 'tenant-migrations')} does not exist`),
  });
  await expect(starting).rejects.toThrow("path.join(import.meta.dirname, 'tenant-migrations')");
});
