import { exitCodes } from '../exit-codes.js';
import type { Result } from './check.js';

/** A result as `--json` prints it. Fields are added to it, never taken away. */
export function view(result: Result) {
  const { check, status, message } = result;
  return { check, status, message, cure: result.status === 'problem' ? result.cure : null };
}

/** The exit code: servers that do not answer are another matter than what is set wrong. */
export function verdict(results: readonly Result[]): number {
  const problems = results.filter((result) => result.status === 'problem');
  if (problems.length === 0) return exitCodes.done;
  return problems.every(({ unreachable }) => unreachable) ? exitCodes.cannotReach : exitCodes.failed;
}
