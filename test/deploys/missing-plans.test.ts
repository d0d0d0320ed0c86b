import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { namesOf } from '../catalog/test-catalog.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker, workerLog } from '../support/worker-process.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

let t: TestTenantry;

beforeEach(async () => {
  t = await startTenantry();
});

afterEach(() => t.stop());

/** The catalog has a tenant on that plan, which is on its way up. */
async function tenantOn(plan: string, name: string) {
  const writer = { fleet: t.fleet.name, id: tenantIdOf(name), runId: `run of ${name}`, workflowId: 'test' };
  await t.catalog.tenants.beginOnboarding(writer, { ...namesOf(writer), plan });
  return writer;
}

const said = z.object({ level: z.number(), msg: z.string() });
const warning = 40;

it('a worker says at its start which plans tenants have that its fleet lacks, and starts', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await tenantOn('gold', name);
  await tenantOn('silver', 'lone');
  await tenantOn('free', 'known');
  const failed = await tenantOn('bronze', 'failed');
  await t.catalog.operations.fail(failed, 'onboard', { type: 'RequestUnfit', message: 'no' }, true);

  const worker = await startKillableWorker(t);
  await worker.stop();
  const lines = (await readFile(workerLog(t), 'utf8')).trimEnd().split('\n');
  const warnings = lines.flatMap((line) => {
    const { level, msg } = said.parse(JSON.parse(line));
    return level === warning && msg.includes('the fleet lacks') ? msg : [];
  });
  expect(warnings).toEqual([
    '7 tenants have the plan "gold", which the fleet lacks: a, b, c, d, e and 2 more',
    '1 tenant has the plan "silver", which the fleet lacks: lone',
  ]);
});
