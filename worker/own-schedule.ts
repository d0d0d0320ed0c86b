import { isDeepStrictEqual } from 'node:util';
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleOptionsStartWorkflowAction,
  ScheduleOverlapPolicy,
  type Workflow,
} from '@temporalio/client';
import type { Fleet } from '../tenancy/fleet.js';
import { searchAttributeKeysOf } from '../tenancy/search-attributes.js';

/** A workflow of ours that runs again and again for as long as the fleet has workers. */
export interface OwnSchedule {
  /** The schedule's; the runs that it starts are named so too. */
  readonly id: string;
  readonly workflowType: 'sweep' | 'reconcile';
  readonly everyMs: number;
  readonly input: object;
  readonly summary: string;
}

/**
 * Makes Temporal's schedule what it should be, on this queue. Every worker that starts does; the one of another release changes what it
 * has otherwise. One that somebody paused stays paused.
 */
export async function installOwnSchedule(
  { schedule }: Pick<Client, 'schedule'>,
  { name, timings, searchAttributes }: Pick<Fleet, 'name' | 'timings' | 'searchAttributes'>,
  { taskQueue, ...own }: OwnSchedule & { readonly taskQueue: string },
): Promise<void> {
  const spec = { intervals: [{ every: own.everyMs }] };
  const action: ScheduleOptionsStartWorkflowAction<Workflow> = {
    type: 'startWorkflow',
    workflowType: own.workflowType,
    workflowId: own.id,
    taskQueue,
    args: [own.input],
    workflowTaskTimeout: timings.workflowTask,
    typedSearchAttributes: [{ key: searchAttributeKeysOf(searchAttributes).fleet, value: name }],
    staticSummary: own.summary,
  };
  // What one run has missed is what the next one finds.
  const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: own.everyMs };
  try {
    await schedule.create({ scheduleId: own.id, spec, action, policies });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const handle = schedule.getHandle(own.id);
    const { action: present, spec: presentSpec } = await handle.describe();
    const same =
      present.taskQueue === taskQueue &&
      isDeepStrictEqual(present.args, action.args) &&
      presentSpec.intervals?.[0]?.every === own.everyMs;
    if (!same) await handle.update(({ state }) => ({ spec, action, policies, state }));
  }
}
