import type { WorkerState } from '../../local/running-stack.js';
import type { Part } from './parts.js';
import type { QueueStatus } from './pollers.js';

/** What `status` prints as JSON. Fields are added to it, never taken away. */
export interface Status {
  readonly version: string;
  readonly node: string;
  /** The local stack; `null` where the environment names the servers. */
  readonly stack: { readonly pid: number; readonly worker: WorkerState | null } | null;
  readonly parts: readonly Part[];
  /** `null` where it could not be asked. */
  readonly queues: readonly QueueStatus[] | null;
  /** Why not. */
  readonly queuesReason: string | null;
}
