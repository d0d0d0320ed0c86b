import type { TenantOperation } from './lifecycle.js';
import type { StartedBy } from './started-by.js';

/**
 * The order in which tasks leave a queue that has a backlog: 1 comes first, and 3 is what Temporal takes for none. All
 * activities of a run have its priority.
 */
export const priorities = {
  /** A person keeps somebody out. */
  urgent: 1,
  /** Undoing must not wait behind what may have to be undone as well. */
  undo: 2,
  usual: 3,
  /** Rollouts and backups: nobody waits for one tenant of many. */
  bulk: 4,
} as const;

/** Everything else can wait for its turn; whoever is suspended may be doing harm until then. */
const urgentOperations: ReadonlySet<TenantOperation> = new Set(['suspend']);

/** The priority of an operation's run; `undefined` for the usual one. */
export function priorityOf(operation: TenantOperation, startedBy?: StartedBy): number | undefined {
  return urgentOperations.has(operation) && startedBy === undefined ? priorities.urgent : undefined;
}
