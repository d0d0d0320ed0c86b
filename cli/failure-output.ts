import { CommanderError } from 'commander';
import { OperationFailedError, TenantryError } from '../client/errors.js';
import { ownCommand } from '../local/own-command.js';
import { failurePage } from '../tenancy/failure-cures.js';
import { badUse, exitCodes, type Verdict, verdictOn } from './exit-codes.js';
import { nextCommand } from './next-command.js';
import { findRunningServers } from './running-servers.js';
import { answerJson, say } from './say.js';

/** Ends the command with an error: a line for people, and for `--json` an object for programs besides. */
export function endWith(error: unknown): Promise<void> {
  return tell(error).catch((fault) => {
    // Thrown, it would come back here for ever.
    try {
      say(`tenantry: ${error}, of which no more could be said: ${fault}`);
    } finally {
      process.exit(1);
    }
  });
}

async function tell(error: unknown): Promise<void> {
  // A help or a version that was asked for, and is given already.
  if (error instanceof CommanderError && error.exitCode === 0) return;
  const verdict = error instanceof CommanderError ? misread(error) : await verdictOn(error);
  if (!(error instanceof CommanderError)) say(`tenantry: ${verdict.message}`);
  if (error instanceof OperationFailedError) say(adviceOn(error));
  else if (error instanceof TenantryError) sayIf(nextCommand(error));
  if (verdict.exitCode === exitCodes.cannotReach) sayIf(await stackAnew());
  if (wantsJson()) answerJson(errorView(verdict, error));
  // At once: a connection that is open would keep a command alive that does nothing more.
  process.exit(verdict.exitCode);
}

function sayIf(line: string | undefined): void {
  if (line !== undefined) say(line);
}

/** What a person does about a part of the local stack that does not answer. */
async function stackAnew(): Promise<string | undefined> {
  const running = await findRunningServers().catch(() => undefined);
  if (running?.stackPid === undefined) return undefined;
  return `  it is a part of the local stack that is up; to start that anew: ${ownCommand} down, then ${ownCommand} up`;
}

/** What a person does about a failed operation, and what to look it up, or to ask Neon's support, by. */
export function adviceOn({ cure, reason: { type, requestId } }: OperationFailedError): string {
  const request = requestId === undefined ? '' : `, Neon's request ${requestId}`;
  return `  ${cure}\n  ${type}${request}: ${failurePage(type)}`;
}

/** Words that cannot be read as a command: commander has told of them, in a line that begins for people. */
function misread({ message }: CommanderError): Verdict {
  return badUse(message.replace(/^error: /, ''));
}

/** An error as `--json` prints it. Fields are added to it, never taken away. */
export function errorView({ code, message }: Omit<Verdict, 'exitCode'>, error?: unknown) {
  const about = error instanceof TenantryError ? error : undefined;
  return {
    error: {
      code,
      message,
      tenantId: about?.tenantId ?? null,
      runId: about?.runId ?? null,
      neonRequestId: about?.neonRequestId ?? null,
      operation: field(about, 'operation'),
      reason: field(about, 'reason'),
      cure: field(about, 'cure'),
    },
  };
}

function field(error: TenantryError | undefined, name: 'operation' | 'reason' | 'cure'): unknown {
  return error !== undefined && name in error
    ? ((error as unknown as Record<string, unknown>)[name] ?? null)
    : null;
}

/** By the words themselves: where those cannot be read as options, an error has to say so in the form that was asked for. */
export function wantsJson(words: readonly string[] = process.argv.slice(2)): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end === -1 ? undefined : end).includes('--json');
}
