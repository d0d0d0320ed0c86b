import { connectTenantry, type TenantryClient } from '../client/index.js';
import { findRunningStack } from '../local/running-stack.js';
import { loadFleet } from '../worker/load-fleet.js';
import { fleetFile } from './fleet-file.js';
import { stackFolder, startCheckoutStack } from './local-stack.js';
import { runUrl } from './run-url.js';
import { say } from './say.js';
import { UsageError } from './usage-error.js';

/** What a command works with: a client, connected to whatever the environment names or the local stack embeds. */
export interface Backend {
  readonly tenantry: TenantryClient;
  /** A run's page in Temporal's web UI, where the UI is known. */
  runUrl(workflowId: string, runId: string): string | undefined;
}

interface BackendOptions {
  /** Why a stack that lives for this command only would not do. */
  readonly notTemporary?: string | false;
}

/** Connects, works, and leaves everything as it was found. */
export async function withBackend<T>(
  work: (backend: Backend) => Promise<T>,
  { notTemporary = false }: BackendOptions = {},
): Promise<T> {
  const { environment, uiUrl, stop } = await findServers(notTemporary);
  try {
    const connected = await connectTenantry(await loadFleet(fleetFile()), environment);
    try {
      return await work({
        tenantry: connected.tenantry,
        runUrl: (workflowId, runId) => uiUrl && runUrl(uiUrl, connected.namespace, workflowId, runId),
      });
    } finally {
      await connected.close();
    }
  } finally {
    await stop();
  }
}

interface Servers {
  readonly environment: NodeJS.ProcessEnv;
  readonly uiUrl?: string | undefined;
  stop(): Promise<void>;
}

const clientVariables = ['TEMPORAL_ADDRESS', 'TENANTRY_CATALOG_URL', 'TENANTRY_SEAL_KEY'] as const;

async function findServers(notTemporary: string | false): Promise<Servers> {
  const stop = async () => {};
  if (clientVariables.every((name) => process.env[name])) {
    return { environment: process.env, uiUrl: process.env.TEMPORAL_UI_URL, stop };
  }
  const running = await findRunningStack(await stackFolder());
  if (running?.ready !== undefined) {
    const { environment, uiUrl } = running.ready;
    return { environment: { ...process.env, ...environment }, uiUrl, stop };
  }
  if (notTemporary !== false) throw new UsageError(notTemporary);
  say('No stack is up, so one is started for this command. To keep one up: npm run tenantry -- up');
  const stack = await startCheckoutStack((what) => say(`  starting ${what}`));
  return {
    environment: { ...process.env, ...stack.environment },
    uiUrl: stack.uiUrl,
    stop: stack.stop,
  };
}
