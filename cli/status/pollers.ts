import { hostname } from 'node:os';
import { startOf } from '../../local/process-identity.js';
import type { Subject } from '../doctor/subject.js';
import { isLive, queuesOf, taskQueueCondition } from '../doctor/task-queue.js';
import { withTemporal } from '../doctor/with-temporal.js';
import { queueOf } from '../doctor/workers.js';

export interface QueueStatus {
  readonly queue: string;
  /** The tasks on the queue: `workflows`, or the kind of activities. */
  readonly kind: string;
  /** Whether a poller that is alive, as far as we know, takes tasks from it. */
  readonly polled: boolean;
  readonly pollers: readonly QueuePoller[];
}

export interface QueuePoller {
  readonly identity: string;
  readonly build: string | null;
  readonly secondsAgo: number;
  /** It was a process on this machine, and has ended: Temporal remembers it for five minutes. */
  readonly ended: boolean;
}

/** The fleet's queues, with the pollers of each. */
export function queueStatuses(subject: Subject): Promise<QueueStatus[]> {
  return withTemporal(subject, async (temporal) => {
    const queue = await queueOf(subject);
    return Promise.all(
      queuesOf(queue).map(async ({ name, type, kind }) => {
        const { pollers } = await taskQueueCondition(temporal, { name, type });
        const seen = await Promise.all(
          pollers.map(async ({ identity, ago, build }) => ({
            identity,
            build: build?.id ?? null,
            secondsAgo: Math.max(0, Math.round(ago / 1000)),
            ended: await hasEnded(identity),
            live: isLive({ ago }),
          })),
        );
        return {
          queue: name,
          kind,
          polled: seen.some(({ live, ended }) => live && !ended),
          pollers: seen.map(({ live: _, ...poller }) => poller),
        };
      }),
    );
  });
}

/** A worker's identity is its pid and its host. */
async function hasEnded(identity: string): Promise<boolean> {
  const [, pid, host] = /^(\d{1,9})@(.+)$/.exec(identity) ?? [];
  return pid !== undefined && host === hostname() && (await startOf(Number(pid))) === undefined;
}
