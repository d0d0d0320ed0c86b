import type { Client } from '@temporalio/client';
import { ownTimings } from '../tenancy/default-timings.js';
import type { Fleet } from '../tenancy/fleet.js';
import { meterScheduleId } from '../tenancy/naming.js';
import type { MeterRun } from '../workflows/meter.js';
import { installSchedule, removeSchedule } from './install-schedule.js';

/** Installs the schedule that meters a fleet every `timings.meter`, or removes it if the fleet has no metering. */
export function installMeter(
  client: Pick<Client, 'schedule'>,
  fleet: Pick<Fleet, 'name' | 'timings' | 'searchAttributes' | 'metering'>,
  taskQueue: string,
): Promise<void> {
  const { name, timings, metering } = fleet;
  const scheduleId = meterScheduleId(name);
  if (metering === undefined) return removeSchedule(client, scheduleId);
  const input: MeterRun = { fleet: name, timings: ownTimings(timings) };
  return installSchedule(client, fleet, taskQueue, {
    scheduleId,
    workflowType: 'meter',
    input,
    everyMs: timings.meter,
    summary: `Read what the tenants of fleet ${name} have used`,
  });
}
