import type { Client } from '@temporalio/client';

/** What an operator does in the UI after a bad deploy: the run goes on anew from a point after it took the tenant. */
export async function resetRun(
  temporal: Client,
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
) {
  const { events } = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
  const [, point] = (events ?? []).filter(
    ({ workflowTaskCompletedEventAttributes: done }) => done !== null && done !== undefined,
  );
  if (point === undefined) throw new Error('the run has no such point yet');
  const { runId: newRunId } = await temporal.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId, runId },
    workflowTaskFinishEventId: point.eventId ?? null,
    reason: 'a bad deploy',
    requestId: `reset ${runId}`,
  });
  return temporal.workflow.getHandle(workflowId, newRunId);
}
