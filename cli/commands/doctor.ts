import type { Command } from 'commander';
import type { Result } from '../doctor/check.js';
import { checks } from '../doctor/checks.js';
import { line } from '../doctor/line.js';
import { runChecks } from '../doctor/run-checks.js';
import { subjectOf } from '../doctor/subject.js';
import { exitCodes } from '../exit-codes.js';
import { answer, answerJson } from '../say.js';
import { findStandingServers } from '../standing-servers.js';

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('check everything that a worker needs, and say what to do about what is wrong')
    .option('--json', 'print a JSON array of the checks')
    .action(doctor);
}

async function doctor({ json }: { json?: true }): Promise<void> {
  const results: Result[] = [];
  for await (const result of runChecks(checks, await theSubject())) {
    results.push(result);
    if (!json) answer(line(result));
  }
  if (json) answerJson(results.map(view));
  // At once: a check that was given up may still hold a connection open.
  process.exit(verdict(results));
}

/** What is looked at: a worker's environment, or that of the local stack that is up. */
async function theSubject() {
  const standing = await findStandingServers();
  return subjectOf(
    standing?.environment ?? process.env,
    standing?.stackPid === undefined
      ? "the environment of this command, as a worker's"
      : `that of the local stack, which process ${standing.stackPid} keeps up`,
  );
}

/** A result as `--json` prints it. Fields are added to it, never taken away. */
function view(result: Result) {
  const { check, status, message } = result;
  return { check, status, message, cure: result.status === 'problem' ? result.cure : null };
}

function verdict(results: readonly Result[]): number {
  const problems = results.filter((result) => result.status === 'problem');
  if (problems.length === 0) return exitCodes.done;
  return problems.every(({ unreachable }) => unreachable) ? exitCodes.cannotReach : exitCodes.failed;
}
