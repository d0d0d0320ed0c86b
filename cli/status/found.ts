import type { WorkerState } from '../../local/running-stack.js';
import type { WaitingSteps } from '../../worker/check-catalog.js';
import type { Part } from './parts.js';
import type { QueueStatus } from './pollers.js';

/** The JSON output of `status`. Fields are only ever added. */
export interface Status {
  readonly version: string;
  readonly node: string;
  /** The local stack; `null` when the environment names other servers. */
  readonly stack: StackStatus | null;
  /** A local stack that is running although the environment names other servers. */
  readonly otherStack: StackStatus | null;
  readonly parts: readonly Part[];
  /** `null` when they could not be read. */
  readonly queues: readonly QueueStatus[] | null;
  /** Why not. */
  readonly queuesReason: string | null;
  /** What steps of the fleet's tenants wait for; `null` when the catalog could not be read. */
  readonly waits: readonly WaitingSteps[] | null;
}

export interface StackStatus {
  readonly pid: number;
  readonly worker: WorkerState | null;
}
