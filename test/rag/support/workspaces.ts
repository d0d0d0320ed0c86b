import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TenantPool } from '../../../client/index.js';
import { checkoutRoot } from '../../../local/state-directory.js';
import type { FleetDefinition } from '../../../tenancy/fleet.js';
import { quickTimings, startTenantry, type TestTenantry } from '../../support/tenantry.js';

export const example = path.join(checkoutRoot, 'examples', 'rag');

/** An installation whose tenants are workspaces of the example. */
export async function startWorkspaces(timings: FleetDefinition['timings'] = {}): Promise<TestTenantry> {
  const t = await startTenantry({
    fleet: { appRole: { ownSchema: 'app' }, timings: { ...quickTimings, ...timings } },
  });
  const migrations = path.join(example, 'migrations');
  for (const file of await readdir(migrations)) {
    await t.writeMigration(file, await readFile(path.join(migrations, file)));
  }
  return t;
}

export async function openWorkspace(t: TestTenantry, id: string): Promise<TenantPool> {
  await t.tenantry.execute.onboard({ id });
  return t.tenantry.pool(id);
}
