import { findRunningServers } from '../running-servers.js';
import { answerJson, answerStyled } from '../say.js';
import type { Result } from './check.js';
import { checks } from './checks.js';
import { line } from './line.js';
import { verdict, view } from './report.js';
import { runChecks } from './run-checks.js';
import { subjectOf } from './subject.js';

/** Runs every check and reports each; exits with the verdict. */
export async function doctor({ json }: { json?: true }): Promise<void> {
  const results: Result[] = [];
  for await (const result of runChecks(checks, await theSubject())) {
    results.push(result);
    if (!json) answerStyled(line(result));
  }
  if (json) answerJson(results.map(view));
  // The exit is immediate: an abandoned check may still hold a connection open.
  process.exit(verdict(results));
}

/** The environment to check: a worker's, or that of the running local stack. */
async function theSubject() {
  const running = await findRunningServers();
  return subjectOf(
    running?.environment ?? process.env,
    running?.stackPid === undefined
      ? "the environment of this command, as a worker's"
      : `that of the local stack, which process ${running.stackPid} keeps up`,
  );
}
