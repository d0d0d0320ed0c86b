import type { Client } from '@temporalio/client';
import { ownTimings } from '../tenancy/default-timings.js';
import type { Fleet } from '../tenancy/fleet.js';
import { sweepScheduleId } from '../tenancy/naming.js';
import type { SweepInput } from '../workflows/sweep.js';
import { installSchedule } from './install-schedule.js';

/** Installs the schedule that sweeps the fleet every `timings.sweep`, on this queue. */
export function installSweep(
  client: Pick<Client, 'schedule'>,
  fleet: Pick<Fleet, 'name' | 'timings' | 'searchAttributes'>,
  taskQueue: string,
): Promise<void> {
  const { name, timings } = fleet;
  const input: SweepInput = { fleet: name, timings: ownTimings(timings) };
  return installSchedule(client, fleet, taskQueue, {
    scheduleId: sweepScheduleId(name),
    workflowType: 'sweep',
    input,
    everyMs: timings.sweep,
    summary: `Do what is due in fleet ${name}`,
  });
}
