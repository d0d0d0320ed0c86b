import { isDeepStrictEqual } from 'node:util';
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleOptionsStartWorkflowAction,
  ScheduleOverlapPolicy,
  type Workflow,
} from '@temporalio/client';
import { ownTimings } from '../tenancy/default-timings.js';
import type { Fleet } from '../tenancy/fleet.js';
import { sweepScheduleId } from '../tenancy/naming.js';
import { searchAttributeKeysOf } from '../tenancy/search-attributes.js';
import type { SweepInput } from '../workflows/sweep.js';

/**
 * Sees to it that the fleet is swept: every `timings.sweep`, on this queue. Every worker that starts does; the one of another
 * release changes what it has otherwise. One that somebody paused stays paused.
 */
export async function installSweep(
  { schedule }: Pick<Client, 'schedule'>,
  { name, timings, searchAttributes }: Pick<Fleet, 'name' | 'timings' | 'searchAttributes'>,
  taskQueue: string,
): Promise<void> {
  const scheduleId = sweepScheduleId(name);
  const input: SweepInput = { fleet: name, timings: ownTimings(timings) };
  const spec = { intervals: [{ every: timings.sweep }] };
  const action: ScheduleOptionsStartWorkflowAction<Workflow> = {
    type: 'startWorkflow',
    workflowType: 'sweep',
    workflowId: scheduleId,
    taskQueue,
    args: [input],
    workflowTaskTimeout: timings.workflowTask,
    typedSearchAttributes: [{ key: searchAttributeKeysOf(searchAttributes).fleet, value: name }],
    staticSummary: `Do what is due in fleet ${name}`,
  };
  // What one sweep has missed is what the next one finds.
  const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: timings.sweep };
  try {
    await schedule.create({ scheduleId, spec, action, policies });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const handle = schedule.getHandle(scheduleId);
    const { action: present, spec: presentSpec } = await handle.describe();
    const same =
      present.taskQueue === taskQueue &&
      isDeepStrictEqual(present.args, action.args) &&
      presentSpec.intervals?.[0]?.every === timings.sweep;
    if (!same) await handle.update(({ state }) => ({ spec, action, policies, state }));
  }
}
