import { ownCommand } from '../local/own-command.js';
import type { ReadyStack, WorkerState } from '../local/running-stack.js';
import { findStack } from './local-stack.js';
import { UsageError } from './usage-error.js';

/** Running servers, according to the environment. */
export interface RunningServers {
  readonly environment: NodeJS.ProcessEnv;
  /** Temporal's web UI, if its address is known. */
  readonly uiUrl: string | undefined;
  /** The process of the local stack; absent when the environment itself names the servers. */
  readonly stackPid?: number;
  /** The state of that stack's worker. */
  readonly worker?: WorkerState | undefined;
  /** Something about the running stack that a person may not expect. */
  readonly remark?: string | undefined;
}

/** The fleet decides whether a seal key is also needed. */
const clientVariables = ['TEMPORAL_ADDRESS', 'TENANTRY_CATALOG_URL'] as const;

/**
 * The servers in the environment, or else those of the running local stack. Starts nothing. Throws `UsageError` when
 * the environment names one server and the stack has another.
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

/** One server from the environment and one from the stack would be a combination that does not exist. */
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
