import type { Client } from '@temporalio/client';
import { ownTimings } from '../tenancy/default-timings.js';
import type { Fleet } from '../tenancy/fleet.js';
import { reconcileScheduleId } from '../tenancy/naming.js';
import type { ReconcileInput } from '../workflows/reconcile.js';
import { installSchedule } from './install-schedule.js';

/** Sees to it that the fleet is reconciled: every `timings.reconcile`, and mended only if the fleet says so. */
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
