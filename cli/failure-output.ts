import { CommanderError } from 'commander';
import { OperationFailedError, TenantryError } from '../client/errors.js';
import { ownCommand } from '../local/own-command.js';
import { failurePage } from '../tenancy/failure-cures.js';
import { badUse, exitCodes, type Verdict } from './exit-codes.js';
import { nextCommand } from './next-command.js';
import { answerJson, say } from './say.js';

/** Ends the command with an error: a line for people, and with `--json` also an object for programs. */
export function endWith(error: unknown): Promise<void> {
  return tell(error).catch((fault) => {
    // If this threw, the error would come back here forever.
    try {
      say(`tenantry: ${error}, of which no more could be said: ${fault}`);
    } finally {
      process.exit(1);
    }
  });
}

async function tell(error: unknown): Promise<void> {
  // Help or the version was requested, and is already printed.
  if (error instanceof CommanderError && error.exitCode === 0) return;
  const verdict = error instanceof CommanderError ? misread(error) : await judged(error);
  if (!(error instanceof CommanderError)) say(`tenantry: ${verdict.message}`);
  if (error instanceof OperationFailedError) say(adviceOn(error));
  else if (error instanceof TenantryError) sayIf(nextCommand(error));
  if (verdict.exitCode === exitCodes.cannotReach) sayIf(await stackAnew());
  if (wantsJson()) answerJson(errorView(verdict, error));
  // The exit is immediate: an open connection would keep a finished command alive.
  process.exit(verdict.exitCode);
}

/** Imported here, because it knows the errors of every part: a command without an error does not load them. */
async function judged(error: unknown): Promise<Verdict> {
  const { verdictOn } = await import('./verdict.js');
  return verdictOn(error);
}

function sayIf(line: string | undefined): void {
  if (line !== undefined) say(line);
}

/** The advice when a part of the local stack does not respond. */
async function stackAnew(): Promise<string | undefined> {
  const { findRunningServers } = await import('./running-servers.js');
  const running = await findRunningServers().catch(() => undefined);
  if (running?.stackPid === undefined) return undefined;
  return `  it is a part of the local stack that is up; to start that anew: ${ownCommand} down, then ${ownCommand} up`;
}

/** The advice after a failed operation, with the id for looking it up or for asking Neon's support. */
export function adviceOn({ cure, reason: { type, requestId } }: OperationFailedError): string {
  const request = requestId === undefined ? '' : `, Neon's request ${requestId}`;
  return `  ${cure}\n  ${type}${request}: ${failurePage(type)}`;
}

/** The words do not form a command: commander has printed that, in a line for people. */
function misread({ message }: CommanderError): Verdict {
  return badUse(message.replace(/^error: /, ''));
}

/** An error in the output of `--json`. Fields are only ever added. */
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

/** Searches the words themselves: even if they cannot be parsed as options, the error must have the requested form. */
export function wantsJson(words: readonly string[] = process.argv.slice(2)): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end === -1 ? undefined : end).includes('--json');
}
