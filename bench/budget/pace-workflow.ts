import { proxyActivities } from '@temporalio/workflow';

export interface Backlog {
  readonly taskQueue: string;
  readonly calls: number;
}

/** So many calls that wait for their turn at the same time. */
export async function backlog({ taskQueue, calls }: Backlog): Promise<void> {
  const { call } = proxyActivities<{ call(): Promise<void> }>({ taskQueue, startToCloseTimeout: '1 minute' });
  await Promise.all(Array.from({ length: calls }, () => call()));
}
