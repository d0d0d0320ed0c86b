/*
 * Records the histories that `replay.test.ts` replays, from runs on the real stack: `npm run histories`.
 * A history is recorded once for each version of a workflow that may still be running somewhere, and never again: what
 * is there already stays as it is.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { z } from 'zod';
import { connectTenantry } from '../../client/index.js';
import { startStack } from '../../local/stack.js';
import { checkoutRoot } from '../../local/state-directory.js';
import { findToolchain } from '../../local/toolchain/toolchain.js';
import { defaultTaskQueue } from '../../tenancy/naming.js';
import { loadFleet } from '../../worker/load-fleet.js';
import type { Swept } from '../../workflows/sweep.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';

const toolchain = await findToolchain();
const stateDir = await mkdtemp(path.join(tmpdir(), 'tenantry-histories-'));
await chmod(stateDir, 0o711);
const config = fileURLToPath(new URL('./tenantry.config.ts', import.meta.url));
const stack = await startStack({ toolchain, stateDir, config, profile: 'fast' });
const address = stack.environment.TEMPORAL_ADDRESS ?? '';
const connection = await Connection.connect({ address });
const temporal = new Client({ connection });

interface Run {
  readonly workflowId: string;
  readonly runId: string;
}

try {
  const { tenantry, close } = await connectTenantry(await loadFleet(config), stack.environment);

  await recorded('fill-pool.done', await started('fillPool'));
  await recorded('onboard-tenant.ready', await tenantry.start.onboard({ id: 'acme' }));
  await fault({
    match: { method: 'POST', path: '/projects' },
    effect: { kind: 'fail-operation', status: 'error' },
  });
  await recorded('onboard-tenant.failed', await tenantry.start.onboard({ id: 'failed' }));
  await fault({
    match: { method: 'GET', path: '/projects/*/operations' },
    effect: { kind: 'delay', ms: 500 },
  });
  const cancelled = await tenantry.start.onboard({ id: 'cancelled' });
  await eventually('its project is being made', async () =>
    (await projectNames()).some((name) => name.includes('cancelled')),
  );
  await cancelled.cancel();
  await recorded('onboard-tenant.cancelled', cancelled);

  await recorded('change-plan.done', await tenantry.start.changePlan('acme', { plan: 'pro' }));
  await recorded('rotate-credentials.done', await tenantry.start.rotateCredentials('acme', { owner: true }));
  await recorded('snapshot-tenant.done', await tenantry.start.snapshot('acme', { name: 'first' }));
  await recorded(
    'restore-tenant.snapshot',
    await tenantry.start.restore('acme', { to: { snapshot: 'first' } }),
  );
  await recorded('branch-tenant.done', await tenantry.start.branch('acme', { name: 'support' }));
  await tenantry.removeBranch('acme', 'support');
  await recorded('remove-branch.done', await started('removeBranch'));
  // As far as the catalog knows, there is something to rehearse.
  await withClient(stack.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
    client.query('update tenantry.tenants set schema_version = null'),
  );
  await recorded('rehearse-migrations.done', await tenantry.start.rehearse('acme'));
  await recorded('drill-restore.done', await tenantry.start.drill('acme', { snapshot: 'first' }));
  await tenantry.removeSnapshot('acme', 'first');
  await recorded('remove-snapshot.done', await started('removeSnapshot'));
  await recorded('move-tenant.done', await tenantry.start.move('acme', { region: 'aws-eu-central-1' }));
  await recorded('undo-move.done', await tenantry.start.undoMove('acme'));
  await recorded('sweep.project', await swept('projects'));
  for (const workflow of ['backUp', 'drillOne']) {
    const { workflowId, firstExecutionRunId: runId } = await temporal.workflow.start(workflow, {
      workflowId: `${workflow}/by-hand`,
      taskQueue: defaultTaskQueue('recorded'),
      args: [{ fleet: 'recorded', timings: { neonCall: 10_000 } }],
    });
    await recorded(workflow === 'backUp' ? 'back-up.done' : 'drill-one.done', { workflowId, runId });
  }
  await (await tenantry.lastOperation('acme'))?.result();
  const metering = await temporal.workflow.start('meter', {
    workflowId: 'meter/by-hand',
    taskQueue: defaultTaskQueue('recorded'),
    args: [{ fleet: 'recorded', timings: { neonCall: 10_000 } }],
  });
  await recorded('meter.done', { workflowId: metering.workflowId, runId: metering.firstExecutionRunId });
  const receiver = createServer((_, response) => response.writeHead(204).end()).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address() as AddressInfo;
  const endpoint = await tenantry.events.addEndpoint(`http://127.0.0.1:${port}/`);
  await recorded('migrate-tenant.done', await tenantry.start.migrate('acme'));
  await recorded('send-events.done', await started('sendEvents'));
  await tenantry.events.deleteEndpoint(endpoint.id);
  receiver.close();
  const rollout = await tenantry.fleet.start({ verb: 'repair', where: { idPrefix: 'acme' } });
  await rollout.result();
  await recorded('rollout.done', await started('rollout'));
  await tenantry.reconcile.run();
  await recorded('reconcile.done', await started('reconcile'));
  await recorded('suspend-tenant.done', await tenantry.start.suspend('acme'));
  await recorded('resume-tenant.done', await tenantry.start.resume('acme'));
  await fault({
    match: { method: 'PATCH', path: '/projects/*', times: 1 },
    effect: { kind: 'fail-operation', status: 'error' },
  });
  await recorded('suspend-tenant.failed', await tenantry.start.suspend('acme'));
  const undone = await tenantry.start.offboard('acme');
  for await (const { name } of undone.progress())
    if (name === 'wait out the grace') await tenantry.start.undoOffboarding('acme');
  await recorded('offboard-tenant.undone', undone);
  await recorded('offboard-tenant.done', await tenantry.start.offboard('acme'));
  await recorded('erase-tenant.done', await tenantry.start.erase('acme'));
  await close();
} finally {
  await connection.close();
  await stack.stop();
  await rm(stateDir, { recursive: true, force: true });
}

/** The newest run of a workflow that an operation has left behind. */
async function started(workflowType: string): Promise<Run> {
  for (;;) {
    const runs = temporal.workflow.list({ query: `WorkflowType = '${workflowType}'` });
    for await (const { workflowId, runId } of runs) return { workflowId, runId };
  }
}

/** A sweep that found something of that kind due. */
async function swept(kind: 'projects' | 'branches'): Promise<Run> {
  for (;;) {
    for await (const { workflowId, runId } of temporal.workflow.list({
      query: `WorkflowType = 'sweep' and ExecutionStatus = 'Completed'`,
    })) {
      const due: Swept = await temporal.workflow.getHandle(workflowId, runId).result();
      if (due[kind] > 0) return { workflowId, runId };
    }
  }
}

/** Waits until the run has ended, however that is, and keeps its history unless one of that name is there. */
async function recorded(name: string, run: Run): Promise<void> {
  await temporal.workflow
    .getHandle(run.workflowId, run.runId)
    .result()
    .catch(() => {});
  const file = path.join(checkoutRoot, 'test', 'replay', 'histories', `${name}.json`);
  if (existsSync(file)) return;
  const { stdout } = await promisify(execFile)(
    toolchain.temporal,
    [
      ...['workflow', 'show', '--output', 'json', '--address', address],
      ...['--workflow-id', run.workflowId, '--run-id', run.runId],
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  await writeFile(file, withoutPaths(stdout));
  console.log(`recorded ${name}`);
}

async function fault(input: object): Promise<void> {
  await fetch(`${stack.emulatorControlUrl}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });
}

/** Stack traces say where the checkout lies on the machine that recorded. */
function withoutPaths(json: string): string {
  return json.replaceAll(checkoutRoot, '');
}

async function projectNames(): Promise<string[]> {
  const inventory = z.object({ projects: z.array(z.object({ name: z.string() })) });
  const { projects } = inventory.parse(await (await fetch(`${stack.emulatorControlUrl}/projects`)).json());
  return projects.map(({ name }) => name);
}
