import type { OperationHandle, StepProgress } from '../client/index.js';
import { onOneLine } from '../tenancy/redact.js';
import { say } from './say.js';

/** Shows each step as it happens: live on a terminal, a line for each that ended in a pipe. */
export async function showProgress(handle: Pick<OperationHandle<unknown>, 'progress'>): Promise<void> {
  const spinner = process.stderr.isTTY ? (await import('ora')).default() : undefined;
  for await (const { name, waitingFor, ...given } of handle.progress()) {
    const step = { ...given, name: onOneLine(name) };
    if (waitingFor !== undefined) {
      const told = `${step.name}: ${onOneLine(waitingFor)}`;
      if (spinner === undefined) say(told);
      else spinner.start(told);
    } else if (step.status === 'running') {
      spinner?.start(step.name);
    } else if (spinner === undefined) {
      say(ended(step));
    } else {
      spinner[step.status === 'done' ? 'succeed' : 'fail'](ended(step));
    }
  }
  spinner?.stop();
}

function ended({ name, status, startedAt = '', endedAt = '' }: StepProgress): string {
  const seconds = (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
  return `${name}: ${status} after ${seconds.toFixed(2)} s`;
}
