import type { Client } from '@temporalio/client';
import { plansWithBackups } from '../tenancy/backups.js';
import { ownTimings } from '../tenancy/default-timings.js';
import type { Fleet } from '../tenancy/fleet.js';
import { backUpScheduleId, drillScheduleId } from '../tenancy/naming.js';
import type { BackUpRun } from '../workflows/back-up.js';
import type { DrillOneRun } from '../workflows/drill-one.js';
import { installSchedule, removeSchedule } from './install-schedule.js';

type BackedUpFleet = Pick<Fleet, 'name' | 'timings' | 'searchAttributes' | 'plans' | 'drills'>;

/**
 * Installs the schedule for backups if a plan has any, and the schedule for drills if the fleet wants them; otherwise
 * removes them.
 */
export async function installBackups(
  client: Pick<Client, 'schedule'>,
  fleet: BackedUpFleet,
  taskQueue: string,
): Promise<void> {
  await installTaking(client, fleet, taskQueue);
  await installProving(client, fleet, taskQueue);
}

function installTaking(
  client: Pick<Client, 'schedule'>,
  fleet: BackedUpFleet,
  taskQueue: string,
): Promise<void> {
  const { name, timings, plans } = fleet;
  const scheduleId = backUpScheduleId(name);
  if (plansWithBackups(plans).length === 0) return removeSchedule(client, scheduleId);
  const input: BackUpRun = { fleet: name, timings: ownTimings(timings) };
  return installSchedule(client, fleet, taskQueue, {
    scheduleId,
    workflowType: 'backUp',
    input,
    everyMs: timings.backUp,
    summary: `Back up the tenants of fleet ${name} that are due`,
  });
}

function installProving(
  client: Pick<Client, 'schedule'>,
  fleet: BackedUpFleet,
  taskQueue: string,
): Promise<void> {
  const { name, timings, drills } = fleet;
  const scheduleId = drillScheduleId(name);
  if (drills === undefined) return removeSchedule(client, scheduleId);
  const input: DrillOneRun = { fleet: name, timings: ownTimings(timings) };
  return installSchedule(client, fleet, taskQueue, {
    scheduleId,
    workflowType: 'drillOne',
    input,
    everyMs: drills.every,
    summary: `Prove a backup of fleet ${name}`,
  });
}
