import type { OperationStatus } from '../client/index.js';
import { operationWords } from '../tenancy/operation-words.js';
import { onOneLine } from '../tenancy/redact.js';
import { waiting } from './show-progress.js';

/** An operation that is under way, as `show --json` prints it. Fields are added to it, never taken away. */
export function operationView({ operation, workflowId, runId, steps, wait }: OperationStatus) {
  const step = steps.find(({ status }) => status === 'running');
  return {
    operation,
    workflowId,
    runId,
    step: step?.name ?? null,
    since: step?.startedAt ?? null,
    until: step?.until ?? null,
    wait: wait ?? null,
  };
}

/** The same for people: which step it is at, and why it waits if it does. */
export function operationLines(status: OperationStatus): string[] {
  const { operation, step, since, until, wait } = operationView(status);
  const at = step === null ? 'accepted, and not begun' : `at the step "${onOneLine(step)}" since ${since}`;
  const line = `${'operation'.padEnd(14)}${operationWords[operation]}: ${at}${until === null ? '' : `, until ${until}`}`;
  return wait === null ? [line] : [line, `${'waits'.padEnd(14)}${waiting(wait)}`];
}
