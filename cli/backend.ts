import { connectTenantry, type TenantryClient } from '../client/index.js';
import { findRunningStack } from '../local/running-stack.js';
import { loadFleet } from '../worker/load-fleet.js';
import { fleetFile } from './fleet-file.js';
import { stackFolder, startCheckoutStack } from './local-stack.js';
import { runUrl } from './run-url.js';
import { say } from './say.js';

/** What a command works with: a client, connected to whatever the environment names or the local stack embeds. */
export interface Backend {
  readonly tenantry: TenantryClient;
  /** The stack lives for this command only. */
  readonly temporary: boolean;
  /** A run's page in Temporal's web UI, where the UI is known. */
  runUrl(workflowId: string, runId: string): string | undefined;
}

/** Connects, works, and leaves everything as it was found. */
export async function withBackend<T>(work: (backend: Backend) => Promise<T>): Promise<T> {
  const { environment, uiUrl, temporary, stop } = await findServers();
  try {
    const connected = await connectTenantry(await loadFleet(fleetFile()), environment);
    try {
      return await work({
        tenantry: connected.tenantry,
        temporary,
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
  readonly temporary: boolean;
  stop(): Promise<void>;
}

const clientVariables = ['TEMPORAL_ADDRESS', 'TENANTRY_CATALOG_URL', 'TENANTRY_SEAL_KEY'] as const;

async function findServers(): Promise<Servers> {
  const stop = async () => {};
  if (clientVariables.every((name) => process.env[name])) {
    return { environment: process.env, uiUrl: process.env.TEMPORAL_UI_URL, temporary: false, stop };
  }
  const running = await findRunningStack(await stackFolder());
  if (running?.ready !== undefined) {
    const { environment, uiUrl } = running.ready;
    return { environment: { ...process.env, ...environment }, uiUrl, temporary: false, stop };
  }
  say('No stack is up, so one is started for this command. To keep one up: npm run tenantry -- up');
  const stack = await startCheckoutStack((what) => say(`  starting ${what}`));
  return {
    environment: { ...process.env, ...stack.environment },
    uiUrl: stack.uiUrl,
    temporary: true,
    stop: stack.stop,
  };
}
