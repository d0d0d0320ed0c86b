import type { TestTenantry } from './tenantry.js';

/** What a run waits for, in the words of the activities that failed last. */
export async function whereIs(
  { temporal }: Pick<TestTenantry, 'temporal'>,
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
): Promise<string> {
  const { raw } = await temporal.workflow.getHandle(workflowId, runId).describe();
  const pending = (raw.pendingActivities ?? []).map(
    ({ activityType, attempt, lastFailure }) =>
      `${activityType?.name}, attempt ${attempt}: ${lastFailure?.message ?? 'no failure yet'}`,
  );
  return pending.length === 0 ? 'at no activity' : `at ${pending.join('; ')}`;
}
