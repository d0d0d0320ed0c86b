import type { Command } from 'commander';
import type { Result } from '../doctor/check.js';
import { checks } from '../doctor/checks.js';
import { line } from '../doctor/line.js';
import { verdict, view } from '../doctor/report.js';
import { runChecks } from '../doctor/run-checks.js';
import { subjectOf } from '../doctor/subject.js';
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
