import { findRunningStack } from '../local/running-stack.js';
import { stackFolder } from './local-stack.js';

/** Servers that are up already, as far as the environment says. */
export interface StandingServers {
  readonly environment: NodeJS.ProcessEnv;
  /** Temporal's web UI, where it is known. */
  readonly uiUrl: string | undefined;
  /** The process that keeps the local stack up; absent when the environment itself names the servers. */
  readonly stackPid?: number;
}

/** Whether a seal key is needed besides, the fleet says. */
const clientVariables = ['TEMPORAL_ADDRESS', 'TENANTRY_CATALOG_URL'] as const;

/** The servers that the environment names, else those of the local stack that is up. Nothing is started. */
export async function findStandingServers(): Promise<StandingServers | undefined> {
  if (clientVariables.every((name) => process.env[name])) {
    return { environment: process.env, uiUrl: process.env.TEMPORAL_UI_URL };
  }
  const running = await findRunningStack(await stackFolder());
  if (running?.ready === undefined) return undefined;
  const { environment, uiUrl } = running.ready;
  return { environment: { ...process.env, ...environment }, uiUrl, stackPid: running.pid };
}
