import type { Client } from '@temporalio/client';
import { ownTimings } from '../tenancy/default-timings.js';
import type { Fleet } from '../tenancy/fleet.js';
import { sweepScheduleId } from '../tenancy/naming.js';
import type { SweepInput } from '../workflows/sweep.js';
import { installOwnSchedule } from './own-schedule.js';

/** Sees to it that the fleet is swept: every `timings.sweep`. */
export function installSweep(
  client: Pick<Client, 'schedule'>,
  fleet: Pick<Fleet, 'name' | 'timings' | 'searchAttributes'>,
  taskQueue: string,
): Promise<void> {
  const { name, timings } = fleet;
  const input: SweepInput = { fleet: name, timings: ownTimings(timings) };
  return installOwnSchedule(client, fleet, {
    id: sweepScheduleId(name),
    workflowType: 'sweep',
    everyMs: timings.sweep,
    input,
    summary: `Do what is due in fleet ${name}`,
    taskQueue,
  });
}
