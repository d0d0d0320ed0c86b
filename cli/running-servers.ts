import { ownCommand } from '../local/own-command.js';
import type { ReadyStack, WorkerState } from '../local/running-stack.js';
import { findStack } from './local-stack.js';
import { UsageError } from './usage-error.js';

/** Servers that are up already, as far as the environment says. */
export interface RunningServers {
  readonly environment: NodeJS.ProcessEnv;
  /** Temporal's web UI, where it is known. */
  readonly uiUrl: string | undefined;
  /** The process that keeps the local stack up; absent when the environment itself names the servers. */
  readonly stackPid?: number;
  /** What has become of that stack's worker. */
  readonly worker?: WorkerState | undefined;
  /** What a person may not expect of the stack that is up. */
  readonly remark?: string | undefined;
}

/** Whether a seal key is needed besides, the fleet says. */
const clientVariables = ['TEMPORAL_ADDRESS', 'TENANTRY_CATALOG_URL'] as const;

/**
 * The servers that the environment names, else those of the local stack that is up. Nothing is started. Throws `UsageError`
 * where the environment names one of them and the stack has another.
 */
export async function findRunningServers(): Promise<RunningServers | undefined> {
  if (clientVariables.every((name) => process.env[name])) {
    return { environment: process.env, uiUrl: process.env.TEMPORAL_UI_URL };
  }
  const stack = await findStack();
  if (stack?.running.ready === undefined) return undefined;
  const { environment, uiUrl } = stack.running.ready;
  refuseHalf(environment);
  return {
    environment: { ...process.env, ...environment },
    uiUrl,
    stackPid: stack.running.pid,
    worker: stack.running.ready.worker,
    remark: stack.isOfTheOtherKind ? remarkOn(environment) : undefined,
  };
}

/** One server of the environment's and the other of the stack's would be an installation that nobody has. */
function refuseHalf(embedded: ReadyStack['environment']): void {
  for (const name of clientVariables) {
    const [set, own] = [process.env[name], embedded[name]];
    if (!set || own === undefined || set === own) continue;
    const other = clientVariables.find((each) => each !== name);
    throw new UsageError(
      `${name} is set, but the local stack that is up has its own: set ${other} too, to work on the servers that they ` +
        `name, unset it, to work on the stack, or stop the stack with: ${ownCommand} down`,
    );
  }
}

function remarkOn({ NEON_API_HOST: emulator }: ReadyStack['environment']): string {
  return emulator === undefined
    ? 'On the local stack that is up, which works with Neon itself: it was started with NEON_API_KEY.'
    : `On the local stack that is up, which works with the emulator: NEON_API_KEY is for a stack that is started with it.`;
}
