import { ownCommand } from '../local/own-command.js';
import type { TenantOperation } from '../tenancy/lifecycle.js';
import { operationWords } from '../tenancy/operation-words.js';
import { onOneLine } from '../tenancy/redact.js';
import { exitCodes } from './exit-codes.js';
import { errorView, wantsJson } from './failure-output.js';
import { inShell } from './in-shell.js';
import { findRunningServers } from './running-servers.js';
import { answerJson, say } from './say.js';

interface Awaited {
  readonly tenantId: string;
  readonly operation: TenantOperation;
}

/** Waits for an operation so that Ctrl-C ends the waiting alone, and says so. */
export async function waitOrLeave<T>(awaited: Awaited, wait: (left: AbortSignal) => Promise<T>): Promise<T> {
  const leaving = new AbortController();
  const leave = () => {
    // A second Ctrl-C: the user does not want to read anything.
    if (leaving.signal.aborted) process.exit(exitCodes.interrupted);
    leaving.abort();
    void leaveRunning(awaited);
  };
  // Not `once`: who finds nobody listening for the signal, as a spinner does that puts the cursor back, ends the process by it.
  process.on('SIGINT', leave);
  try {
    return await wait(leaving.signal);
  } finally {
    process.off('SIGINT', leave);
  }
}

async function leaveRunning({ tenantId, operation }: Awaited): Promise<never> {
  const id = onOneLine(tenantId);
  const message = `no longer waiting for the ${operationWords[operation]} of ${id}, which goes on`;
  const running = await findRunningServers().catch(() => undefined);
  say(
    running?.stackPid === process.pid
      ? `\n${message} when a stack is up again, for that of this command ends with it: ${ownCommand} up`
      : `\n${message} at a worker`,
  );
  say(`  to wait for it again:     ${ownCommand} wait ${inShell(id)}`);
  say(`  to stop it and undo it:   ${ownCommand} cancel ${inShell(id)}`);
  if (wantsJson()) answerJson(errorView({ code: 'INTERRUPTED', message }));
  return process.exit(exitCodes.interrupted);
}
