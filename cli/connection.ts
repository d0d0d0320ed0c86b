import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetSchedules, TenantryClient } from '../client/index.js';
import { ownCommand } from '../local/own-command.js';
import { inSpan } from '../traces/in-span.js';
import { loadFleet } from '../worker/load-fleet.js';
import { fleetFile } from './fleet-file.js';
import { findStack, startCheckoutStack } from './local-stack.js';
import { runUrl } from './run-url.js';
import { findRunningServers, type RunningServers } from './running-servers.js';
import { say } from './say.js';
import { UsageError } from './usage-error.js';

/** A command's connections: a client for the servers in the environment, or for the local stack's. */
export interface Backend {
  readonly tenantry: TenantryClient;
  readonly schedules: FleetSchedules;
  /** A run's page in Temporal's web UI, if the UI's address is known. */
  runUrl(workflowId: string, runId: string): string | undefined;
}

export interface BackendOptions {
  /** Why a stack that only lives for this command would not do. */
  readonly notTemporary?: string | false;
}

/** Connects to the servers in the environment, or to the local stack's, runs the work, and closes everything again. */
export async function withConnection<T>(
  work: (backend: Backend) => Promise<T>,
  { notTemporary = false }: BackendOptions,
): Promise<T> {
  const fleet = await loadFleet(fleetFile());
  const { environment, uiUrl, stop } = await findServers(notTemporary);
  try {
    // Not before: what is wrong with the fleet's file or the stack is said sooner without the client.
    const { connectTenantry } = await import('../client/connect.js');
    const connected = await connectTenantry(fleet, environment);
    try {
      return await inSpan(`tenantry ${process.argv[2]}`, () =>
        work({
          tenantry: connected.tenantry,
          schedules: connected.schedules,
          runUrl: (workflowId, runId) => uiUrl && runUrl(uiUrl, connected.namespace, workflowId, runId),
        }),
      );
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

async function findServers(notTemporary: string | false): Promise<Servers> {
  const running = await findRunningServers();
  if (running?.remark !== undefined) say(running.remark);
  if (running !== undefined) return { ...running, stop: async () => {} };
  const starting = await stackThatStarts();
  if (starting !== undefined) return { ...starting, stop: async () => {} };
  if (notTemporary !== false) throw new UsageError(notTemporary);
  say(`No stack is up, so one is started for this command. To keep one up: ${ownCommand} up`);
  const stack = await startCheckoutStack({
    report: (what) => say(`  starting ${what}`),
    tell: say,
  });
  return {
    environment: { ...process.env, ...stack.environment },
    uiUrl: stack.uiUrl,
    stop: stack.stop,
  };
}

/** The longest time for a stack to start, and the interval of the checks. */
const startMs = 90_000;
const lookMs = 200;

/**
 * The servers of a stack that another process is starting, once they are up; `undefined` when none is being started,
 * or it gave up.
 */
async function stackThatStarts(): Promise<RunningServers | undefined> {
  const found = await findStack();
  if (found === undefined || found.running.ready !== undefined) return undefined;
  say(`The local stack of process ${found.running.pid} is not up yet: this command waits for it.`);
  for (const deadline = Date.now() + startMs; Date.now() < deadline; await sleep(lookMs)) {
    const running = await findRunningServers();
    if (running !== undefined) return running;
    if ((await findStack()) === undefined) return undefined;
  }
  throw new UsageError(
    `the local stack of process ${found.running.pid} did not come up within ${startMs / 1000} s: ${ownCommand} logs stack`,
  );
}
