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

/** A workflow of ours that runs again and again for a fleet; its runs are named for the schedule. */
export interface OwnSchedule {
  readonly scheduleId: string;
  readonly workflowType: string;
  readonly input: object;
  readonly everyMs: number;
  /** The line that Temporal's UI shows. */
  readonly summary: string;
}

/**
 * Sees to it that a workflow of ours runs again and again, on this queue. Every worker that starts does; the one of another release
 * changes what it has otherwise. One that somebody paused stays paused.
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
  // What one run has missed is what the next one finds.
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

/** Nothing of it runs again. */
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
