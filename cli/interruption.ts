import { ownCommand } from '../local/own-command.js';
import type { TenantOperation } from '../tenancy/lifecycle.js';
import { operationWords } from '../tenancy/operation-words.js';
import { onOneLine } from '../tenancy/redact.js';
import { exitCodes } from './exit-codes.js';
import { errorView, wantsJson } from './failure-output.js';
import { inShell } from './in-shell.js';
import { answerJson, say } from './say.js';

export interface Awaited {
  /** The work that continues: `the onboarding of acme`. */
  readonly what: string;
  /** The person's options: in words, and the command. */
  readonly ways: readonly (readonly [what: string, ...words: string[]])[];
}

export function awaitedOperation({
  tenantId,
  operation,
}: {
  readonly tenantId: string;
  readonly operation: TenantOperation;
}): Awaited {
  const id = onOneLine(tenantId);
  return {
    what: `the ${operationWords[operation]} of ${id}`,
    ways: [
      ['to wait for it again:', 'wait', id],
      ['to stop it and undo it:', 'cancel', id],
    ],
  };
}

export function awaitedRollout({ id }: { readonly id: string }): Awaited {
  return {
    what: `rollout ${id}`,
    ways: [
      ['to wait for it again:', 'fleet', 'status', id, '--follow'],
      ['to begin nothing more:', 'fleet', 'pause', id],
    ],
  };
}

/** Waits for work of the workers, so that Ctrl-C only ends the waiting, and says so. */
export async function waitOrLeave<T>(awaited: Awaited, wait: (left: AbortSignal) => Promise<T>): Promise<T> {
  const leaving = new AbortController();
  const leave = () => {
    // After a second Ctrl-C, the user does not want to read anything.
    if (leaving.signal.aborted) process.exit(exitCodes.interrupted);
    leaving.abort();
    void leaveRunning(awaited);
  };
  // `once` would not do: code that finds no listener for the signal, such as a spinner that restores the cursor, ends
  // the process with it.
  process.on('SIGINT', leave);
  try {
    return await wait(leaving.signal);
  } finally {
    process.off('SIGINT', leave);
  }
}

async function leaveRunning({ what, ways }: Awaited): Promise<never> {
  const message = `no longer waiting for ${what}, which goes on`;
  const { findRunningServers } = await import('./running-servers.js');
  const running = await findRunningServers().catch(() => undefined);
  say(
    running?.stackPid === process.pid
      ? `\n${message} when a stack is up again, for that of this command ends with it: ${ownCommand} up`
      : `\n${message} at a worker`,
  );
  for (const [way, ...words] of ways)
    say(`  ${way.padEnd(25)} ${ownCommand} ${words.map(inShell).join(' ')}`);
  if (wantsJson()) answerJson(errorView({ code: 'INTERRUPTED', message }));
  return process.exit(exitCodes.interrupted);
}
