import { ownCommand } from '../local/own-command.js';
import type { WorkerState } from '../local/running-stack.js';

/** The line for a person about a change of a stack's worker; `undefined` for a first worker that runs. */
export function workerLine(before: WorkerState | undefined, now: WorkerState): string | undefined {
  if (now.status === 'restarting') return `${now.reason}; another one is started in ${now.pauseMs / 1000} s`;
  if (now.status === 'given-up')
    return (
      `${now.reason}\nThe worker died again and again as soon as it was started, so no other one is started before the ` +
      `fleet's file or its own is saved again. Once what it says is mended elsewhere: ${ownCommand} down, then ${ownCommand} up`
    );
  if (now.stale !== undefined)
    return `${now.stale}\nThe edit is not taken up: the worker of before (process ${now.pid}) goes on. Mend the file, and save it`;
  if (before === undefined) return undefined;
  return before.status === 'running'
    ? `the edit is taken up, by a worker as process ${now.pid}`
    : `a worker runs again, as process ${now.pid}`;
}
