import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { EndpointInput } from '../activities/events/send-events.js';
import type { OwnTimings } from '../tenancy/default-timings.js';
import { activitiesOf } from './frame/activities.js';
import { movesToTheCurrentBuild } from './frame/build-moves.js';

export interface SendEventsRun extends EndpointInput {
  readonly timings: OwnTimings;
}

/** A history of so many events is ended in good order, and gone on with in another. */
const longestHistory = 1_000;

/**
 * Sends an endpoint the events that it is to be sent now, until there are none. What is sent to whom, what was accepted and what is
 * tried again when stands in the catalog, so a history holds no event, and a run can end at any point. What is due later is a row with
 * a time: a worker starts another run for it.
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
