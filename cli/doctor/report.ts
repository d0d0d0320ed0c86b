import { exitCodes } from '../exit-codes.js';
import type { Result } from './check.js';

/** A result in the output of `--json`. Fields are only ever added. */
export function view(result: Result) {
  const { check, status, message } = result;
  return { check, status, message, cure: result.status === 'problem' ? result.cure : null };
}

/** The exit code, which distinguishes unreachable servers from wrong settings. */
export function verdict(results: readonly Result[]): number {
  const problems = results.filter((result) => result.status === 'problem');
  if (problems.length === 0) return exitCodes.done;
  return problems.every(({ unreachable }) => unreachable) ? exitCodes.cannotReach : exitCodes.failed;
}
