import type { Client } from '@temporalio/client';
import { ownTimings } from '../tenancy/default-timings.js';
import type { Fleet } from '../tenancy/fleet.js';
import { reconcileScheduleId } from '../tenancy/naming.js';
import type { ReconcileInput } from '../workflows/reconcile.js';
import { installSchedule } from './install-schedule.js';

/** Installs the schedule that reconciles the fleet every `timings.reconcile`; it only mends if the fleet allows it. */
export function installReconcile(
  client: Pick<Client, 'schedule'>,
  fleet: Pick<Fleet, 'name' | 'timings' | 'searchAttributes' | 'reconcile'>,
  taskQueue: string,
): Promise<void> {
  const { name, timings, reconcile } = fleet;
  const { apply, wake } = reconcile;
  const input: ReconcileInput = { fleet: name, timings: ownTimings(timings), apply, wake };
  return installSchedule(client, fleet, taskQueue, {
    scheduleId: reconcileScheduleId(name),
    workflowType: 'reconcile',
    input,
    everyMs: timings.reconcile,
    summary: `Reconcile fleet ${name}`,
  });
}
