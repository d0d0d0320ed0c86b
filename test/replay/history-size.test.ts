import { readFileSync } from 'node:fs';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { temporal } from '@temporalio/proto';
import { expect, it } from 'vitest';

/** A history is paid for by the byte and by the action, and a tenant has one for each operation. */
it('an onboarding takes 30 events, 5.3 KB and six actions of Temporal’s', () => {
  const file = new URL('./histories/onboard-tenant.ready.json', import.meta.url);
  const events = historyFromJSON(JSON.parse(readFileSync(file, 'utf8'))).events ?? [];
  expect(events.length).toBeGreaterThan(20);
  const { HistoryEvent } = temporal.api.history.v1;
  const types = temporal.api.enums.v1.EventType;
  const bytes = events.reduce((sum, event) => sum + HistoryEvent.encode(event).finish().length, 0);
  const actions = [
    types.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
    types.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
    types.EVENT_TYPE_MARKER_RECORDED,
    types.EVENT_TYPE_TIMER_STARTED,
    types.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
  ];
  const counted = events.filter(({ eventType }) =>
    actions.includes(eventType ?? types.EVENT_TYPE_UNSPECIFIED),
  );
  expect(events.length).toBeLessThanOrEqual(30);
  expect(bytes).toBeLessThanOrEqual(5_300);
  expect(counted.length).toBeLessThanOrEqual(6);
});
