import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Catalog } from '../catalog/catalog.js';
import { ownTimings } from '../tenancy/default-timings.js';
import type { Fleet } from '../tenancy/fleet.js';
import { eventsWorkflowId } from '../tenancy/naming.js';
import { searchAttributeKeysOf } from '../tenancy/search-attributes.js';
import type { SendEventsRun } from '../workflows/send-events.js';

/** The interval between two checks for endpoints with due events, in milliseconds. */
const lookMs = 1_000;

/**
 * Makes sure that events are sent: checks every second for endpoints with due events, and starts a run for each
 * endpoint that has none. The first worker to check starts it, and a missed check loses nothing. Returns a function
 * that stops it.
 */
export function wakeSenders({
  catalog,
  temporal,
  fleet,
  taskQueue,
}: {
  readonly catalog: Pick<Catalog, 'events'>;
  readonly temporal: Pick<Client, 'workflow'>;
  readonly fleet: Pick<Fleet, 'name' | 'timings' | 'searchAttributes'>;
  readonly taskQueue: string;
}): () => Promise<void> {
  const keys = searchAttributeKeysOf(fleet.searchAttributes);
  const start = async (endpoint: string) => {
    const input: SendEventsRun = { fleet: fleet.name, endpoint, timings: ownTimings(fleet.timings) };
    try {
      await temporal.workflow.start('sendEvents', {
        workflowId: eventsWorkflowId(fleet.name, endpoint),
        taskQueue,
        args: [input],
        workflowTaskTimeout: fleet.timings.workflowTask,
        typedSearchAttributes: [{ key: keys.fleet, value: fleet.name }],
        staticSummary: `Send events to endpoint ${endpoint}`,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  };
  const look = async () => {
    for (const endpoint of await catalog.events.deliveries.wake(fleet.name)) await start(endpoint);
  };
  let looking: Promise<void> | undefined;
  // When the catalog or Temporal is out of reach, the next check retries.
  const timer = setInterval(() => {
    looking ??= look()
      .catch(() => {})
      .finally(() => {
        looking = undefined;
      });
  }, lookMs);
  return async () => {
    clearInterval(timer);
    await looking;
  };
}
