import type { OperationHandle, StepProgress, Wait } from '../client/index.js';
import { onOneLine } from '../tenancy/redact.js';
import { say } from './say.js';

/**
 * Shows each step as it happens: live on a terminal; in a pipe a line for each waiting step, and for each finished
 * one. It stops when nobody waits for it any more.
 */
export async function showProgress(
  handle: Pick<OperationHandle<unknown>, 'progress'>,
  left: AbortSignal,
): Promise<void> {
  const spinner = await spinnerOnTerminal();
  left.addEventListener('abort', () => spinner?.stop());
  const told = new Map<string, string>();
  for await (const { wait, ...given } of handle.progress()) {
    if (left.aborted) return;
    const step = { ...given, name: onOneLine(given.name) };
    if (wait !== undefined) {
      const why = `${step.name}: ${waiting(wait)}`;
      spinner?.start(why);
      // A log gets a line for each new reason, not for each attempt.
      if (spinner === undefined && told.get(step.name) !== wait.reason) say(why);
      told.set(step.name, wait.reason);
    } else if (step.status === 'running') {
      spinner?.start(step.until === undefined ? step.name : `${step.name}, until ${step.until}`);
    } else if (spinner === undefined) {
      say(ended(step));
    } else {
      spinner[step.status === 'done' ? 'succeed' : 'fail'](ended(step));
    }
  }
  spinner?.stop();
}

/**
 * Ctrl-C must reach us as a signal, so the spinner does not take over the keyboard. On a terminal that reports a
 * width of 0 columns, the spinner would wrap its line endlessly.
 */
async function spinnerOnTerminal() {
  if (!process.stderr.isTTY || !process.stderr.columns) return undefined;
  const { default: ora } = await import('ora');
  return ora({ discardStdin: false });
}

/** `Neon answered 503 …; tried 3 times, next at 12:04:11 UTC`. */
export function waiting({ reason, attempts, nextAttemptAt }: Wait): string {
  const tried = attempts === 0 ? [] : [`tried ${attempts === 1 ? 'once' : `${attempts} times`}`];
  const next = nextAttemptAt === undefined ? [] : [`next at ${nextAttemptAt.slice(11, 19)} UTC`];
  const when = [...tried, ...next];
  return when.length === 0 ? onOneLine(reason) : `${onOneLine(reason)}; ${when.join(', ')}`;
}

function ended({ name, status, startedAt = '', endedAt = '' }: StepProgress): string {
  const seconds = (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
  return `${name}: ${status} after ${seconds.toFixed(2)} s`;
}
