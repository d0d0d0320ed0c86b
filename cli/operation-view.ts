import type { OperationStatus } from '../client/index.js';
import { operationWords } from '../tenancy/operation-words.js';
import { onOneLine } from '../tenancy/redact.js';
import { waiting } from './show-progress.js';

/** A running operation in the output of `show --json`. Fields are only ever added. */
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

/** The same for people: the current step, and why it waits if it does. */
export function operationLines(status: OperationStatus): string[] {
  const { operation, step, since, until, wait } = operationView(status);
  const at = step === null ? 'accepted, and not begun' : `at the step "${onOneLine(step)}" since ${since}`;
  const line = `${'operation'.padEnd(14)}${operationWords[operation]}: ${at}${until === null ? '' : `, until ${until}`}`;
  return wait === null ? [line] : [line, `${'waits'.padEnd(14)}${waiting(wait)}`];
}
