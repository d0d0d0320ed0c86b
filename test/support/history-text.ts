import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';

/**
 * Every event of a run as the server keeps it, payloads and failures in the clear, to be searched for what must not be
 * in it. As JSON it would not do: payloads are bytes, which JSON does not show as text.
 */
export async function historyText(
  temporal: Client,
  { workflowId, runId }: { readonly workflowId: string; readonly runId?: string },
): Promise<string> {
  const history = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
  return Buffer.from(proto.temporal.api.history.v1.History.encode(history).finish()).toString('utf8');
}
