import { executeChild, proxyActivities, workflowInfo } from '@temporalio/workflow';

const { welcome } = proxyActivities<{ welcome(id: string): Promise<string> }>({
  startToCloseTimeout: '10 seconds',
});

/** A workflow of a user's: brings a tenant up with one of ours, then does something of its own. */
export async function signUp(fleet: string, id: string): Promise<string> {
  const onboarded = await executeChild('runOperation', {
    args: [{ tenant: { fleet, id }, operation: 'onboard', request: { plan: 'free' } }],
  });
  return `${await welcome(id)} in ${onboarded.result.projectId}`;
}

const { linger } = proxyActivities<{ linger(): Promise<void> }>({ startToCloseTimeout: '5 minutes' });

/** Keeps so many activities of the user's busy at once. */
export async function lingering(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => linger()));
}

/** The same on a queue of the user's own. */
export async function lingeringElsewhere(count: number): Promise<void> {
  const elsewhere = proxyActivities<{ linger(): Promise<void> }>({
    taskQueue: `${workflowInfo().taskQueue}-slow`,
    startToCloseTimeout: '10 seconds',
  });
  await Promise.all(Array.from({ length: count }, () => elsewhere.linger()));
}
