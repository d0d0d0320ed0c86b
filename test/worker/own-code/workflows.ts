import { executeChild, proxyActivities } from '@temporalio/workflow';

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
