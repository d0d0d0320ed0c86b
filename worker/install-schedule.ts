import { isDeepStrictEqual } from 'node:util';
import {
  type Client,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type ScheduleOptionsStartWorkflowAction,
  ScheduleOverlapPolicy,
  type Workflow,
} from '@temporalio/client';
import type { Fleet } from '../tenancy/fleet.js';
import { searchAttributeKeysOf } from '../tenancy/search-attributes.js';

/** One of our workflows that runs regularly for a fleet; its runs are named after the schedule. */
export interface OwnSchedule {
  readonly scheduleId: string;
  readonly workflowType: string;
  readonly input: object;
  readonly everyMs: number;
  /** The summary in Temporal's UI. */
  readonly summary: string;
}

/**
 * Installs the schedule of one of our workflows, on this queue. Every starting worker does this; one of another
 * release updates what differs. A schedule that a person paused stays paused.
 */
export async function installSchedule(
  { schedule }: Pick<Client, 'schedule'>,
  { name, timings, searchAttributes }: Pick<Fleet, 'name' | 'timings' | 'searchAttributes'>,
  taskQueue: string,
  { scheduleId, workflowType, input, everyMs, summary }: OwnSchedule,
): Promise<void> {
  const spec = { intervals: [{ every: everyMs }] };
  const action: ScheduleOptionsStartWorkflowAction<Workflow> = {
    type: 'startWorkflow',
    workflowType,
    workflowId: scheduleId,
    taskQueue,
    args: [input],
    workflowTaskTimeout: timings.workflowTask,
    typedSearchAttributes: [{ key: searchAttributeKeysOf(searchAttributes).fleet, value: name }],
    staticSummary: summary,
  };
  // The next run finds the work of a missed one.
  const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: everyMs };
  try {
    await schedule.create({ scheduleId, spec, action, policies });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const handle = schedule.getHandle(scheduleId);
    const { action: present, spec: presentSpec } = await handle.describe();
    const same =
      present.taskQueue === taskQueue &&
      isDeepStrictEqual(present.args, action.args) &&
      presentSpec.intervals?.[0]?.every === everyMs;
    if (!same) await handle.update(({ state }) => ({ spec, action, policies, state }));
  }
}

/** Deletes the schedule, so that it starts no more runs. */
export async function removeSchedule(
  { schedule }: Pick<Client, 'schedule'>,
  scheduleId: string,
): Promise<void> {
  try {
    await schedule.getHandle(scheduleId).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
