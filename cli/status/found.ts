import type { WorkerState } from '../../local/running-stack.js';
import type { WaitingSteps } from '../../worker/check-catalog.js';
import type { Part } from './parts.js';
import type { QueueStatus } from './pollers.js';

/** What `status` prints as JSON. Fields are added to it, never taken away. */
export interface Status {
  readonly version: string;
  readonly node: string;
  /** The local stack; `null` where the environment names other servers. */
  readonly stack: StackStatus | null;
  /** A local stack that is up although the environment names other servers. */
  readonly otherStack: StackStatus | null;
  readonly parts: readonly Part[];
  /** `null` where it could not be asked. */
  readonly queues: readonly QueueStatus[] | null;
  /** Why not. */
  readonly queuesReason: string | null;
  /** What steps of the fleet's tenants wait for; `null` where the catalog could not be asked. */
  readonly waits: readonly WaitingSteps[] | null;
}

export interface StackStatus {
  readonly pid: number;
  readonly worker: WorkerState | null;
}
