import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { EndpointInput } from '../activities/events/send-events.js';
import type { OwnTimings } from '../tenancy/default-timings.js';
import { activitiesOf } from './frame/activities.js';
import { movesToTheCurrentBuild } from './frame/build-moves.js';

export interface SendEventsRun extends EndpointInput {
  readonly timings: OwnTimings;
}

/** After this many events of its history the run continues as new. */
const longestHistory = 1_000;

/**
 * Sends an endpoint its due events until there are none. The catalog says what goes to whom, what was
 * accepted and what is retried when, so a history holds no event, and a run can end at any point. An event
 * that is due later is a row with a time: a worker starts another run for it.
 */
export async function sendEvents({ fleet, endpoint, timings }: SendEventsRun): Promise<void> {
  const activities = activitiesOf(timings);
  for (;;) {
    const { more } = await activities.sendEvents({ fleet, endpoint });
    if (!more) return;
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (historyLength > longestHistory || continueAsNewSuggested)
      await continueAsNew<typeof sendEvents>({ fleet, endpoint, timings });
  }
}

movesToTheCurrentBuild(sendEvents);
