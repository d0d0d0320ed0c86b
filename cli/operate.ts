import type { OperationHandle, TenantryClient } from '../client/index.js';
import { transitionOf } from '../tenancy/lifecycle.js';
import { onOneLineIn } from '../tenancy/redact.js';
import { withBackend } from './backend.js';
import { answer, answerJson, say } from './say.js';
import { showProgress } from './show-progress.js';

export interface OperationOptions {
  readonly wait?: true;
  readonly json?: true;
}

const nobodyCarriesOn =
  'nothing would carry this on once the command ends: add --wait, or keep a stack up with `up`';

/**
 * Starts an operation and tells of it: with `--wait` each step and how it ended, without it where to look. The JSON is
 * one object: what the operation answers, and the run's `workflowId`, `runId` and `ui`.
 */
export function operate<Result extends object>(
  start: (tenantry: TenantryClient) => Promise<OperationHandle<Result>>,
  told: (result: Result) => string,
  { wait, json }: OperationOptions,
): Promise<void> {
  return withBackend(
    async ({ tenantry, runUrl }) => {
      const handle = await start(tenantry);
      const { operation, tenantId: id, workflowId, runId } = handle;
      const ui = runUrl(workflowId, runId) ?? null;
      const run = { operation, workflowId, runId, ui };
      if (!wait) {
        if (json) answerJson({ id, state: transitionOf(operation).during, ...run });
        else answer(`${operation} of ${id} is under way${ui === null ? '' : `: ${ui}`}`);
        return;
      }
      if (!json) {
        if (ui !== null) say(`run: ${ui}`);
        await showProgress(handle);
      }
      const result = await handle.result();
      if (json) answerJson({ ...result, ...run });
      else answer(told(onOneLineIn(result)));
    },
    { notTemporary: !wait && nobodyCarriesOn },
  );
}
