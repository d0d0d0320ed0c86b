/*
 * Records the histories that `replay.test.ts` replays, from runs on the real stack: `npm run histories`.
 * A history is recorded once for each version of a workflow that may still be running somewhere, and never again.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { connectTenantry } from '../../client/index.js';
import { startStack } from '../../local/stack.js';
import { checkoutRoot } from '../../local/state-directory.js';
import { findToolchain } from '../../local/toolchain.js';
import { loadFleet } from '../../worker/load-fleet.js';

const toolchain = await findToolchain();
const stateDir = await mkdtemp(path.join(tmpdir(), 'tenantry-histories-'));
await chmod(stateDir, 0o711);
const config = path.join(checkoutRoot, 'tenantry.config.ts');
const stack = await startStack({ toolchain, stateDir, config, profile: 'fast' });
try {
  const { tenantry, close } = await connectTenantry(await loadFleet(config), stack.environment);
  const ready = await tenantry.onboard({ id: 'acme' });
  await ready.ready();
  await record('onboard-tenant.ready', ready);

  await fault({
    match: { method: 'POST', path: '/projects' },
    effect: { kind: 'fail-operation', status: 'error' },
  });
  const failed = await tenantry.onboard({ id: 'failed' });
  await failed.ready().catch(() => {});
  await record('onboard-tenant.failed', failed);

  await fault({
    match: { method: 'GET', path: '/projects/*/operations' },
    effect: { kind: 'delay', ms: 500 },
  });
  const cancelled = await tenantry.onboard({ id: 'cancelled' });
  for await (const { name } of cancelled.progress()) if (name === 'wait for Neon') await cancelled.cancel();
  await record('onboard-tenant.cancelled', cancelled);
  await close();
} finally {
  await stack.stop();
  await rm(stateDir, { recursive: true, force: true });
}

async function record(name: string, run: { workflowId: string; runId: string }): Promise<void> {
  const { stdout } = await promisify(execFile)(
    toolchain.temporal,
    [
      ...['workflow', 'show', '--output', 'json', '--address', stack.environment.TEMPORAL_ADDRESS ?? ''],
      ...['--workflow-id', run.workflowId, '--run-id', run.runId],
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  await writeFile(
    path.join(checkoutRoot, 'test', 'replay', 'histories', `${name}.json`),
    withoutPaths(stdout),
  );
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
