import { readFileSync } from 'node:fs';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import proto from '@temporalio/proto';

const types = proto.temporal.api.enums.v1.EventType;
const { HistoryEvent } = proto.temporal.api.history.v1;
type Event = proto.temporal.api.history.v1.IHistoryEvent;

/**
 * What a recorded run takes. Of what Temporal Cloud counts as an action, queries and heartbeats that reach the server are in no
 * history, and not in this.
 */
export interface HistoryFigures {
  readonly events: number;
  readonly bytes: number;
  readonly actions: number;
  /** At most. */
  readonly callsToNeon: number;
}

export function figuresOf(file: string | URL): HistoryFigures {
  const events = historyFromJSON(JSON.parse(readFileSync(file, 'utf8'))).events ?? [];
  return {
    events: events.length,
    bytes: events.reduce((sum, event) => sum + HistoryEvent.encode(event).finish().length, 0),
    actions: actionsOf(events),
    callsToNeon: callsOf(events),
  };
}

/** As https://docs.temporal.io/evaluate/cloud/actions counts them. */
function actionsOf(events: readonly Event[]): number {
  // All markers of one workflow task are one action.
  const markers = new Set<string>();
  let actions = 0;
  for (const event of events) {
    if (event.eventType === types.EVENT_TYPE_MARKER_RECORDED)
      markers.add(String(event.markerRecordedEventAttributes?.workflowTaskCompletedEventId));
    else if (event.eventType === types.EVENT_TYPE_ACTIVITY_TASK_STARTED)
      actions += event.activityTaskStartedEventAttributes?.attempt ?? 1;
    else if (event.eventType === types.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED) actions += 2;
    else if (counted.has(event.eventType ?? types.EVENT_TYPE_UNSPECIFIED)) actions += 1;
  }
  return actions + markers.size;
}

const counted = new Set([
  types.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
  types.EVENT_TYPE_TIMER_STARTED,
  types.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
  types.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
  types.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
]);

/** Attempts of activities on the queues of calls to Neon: each makes one call at most. */
function callsOf(events: readonly Event[]): number {
  const onNeon = new Set<string>();
  let calls = 0;
  for (const { eventId, activityTaskScheduledEventAttributes: scheduled, ...event } of events) {
    if (/-(neon|consumption)$/.test(scheduled?.taskQueue?.name ?? '')) onNeon.add(String(eventId));
    const started = event.activityTaskStartedEventAttributes;
    if (started != null && onNeon.has(String(started.scheduledEventId))) calls += started.attempt ?? 1;
  }
  return calls;
}
