import type { Client } from '@temporalio/client';
import { ownTimings } from '../tenancy/default-timings.js';
import type { Fleet } from '../tenancy/fleet.js';
import { reconcileScheduleId } from '../tenancy/naming.js';
import type { ReconcileInput } from '../workflows/reconcile.js';
import { installOwnSchedule } from './own-schedule.js';

/** Sees to it that the fleet is reconciled: every `timings.reconcile`, and mended only if the fleet says so. */
export function installReconcile(
  client: Pick<Client, 'schedule'>,
  fleet: Pick<Fleet, 'name' | 'timings' | 'searchAttributes' | 'reconcile'>,
  taskQueue: string,
): Promise<void> {
  const { name, timings, reconcile } = fleet;
  const { apply, wake } = reconcile;
  const input: ReconcileInput = { fleet: name, timings: ownTimings(timings), apply, wake };
  return installOwnSchedule(client, fleet, {
    id: reconcileScheduleId(name),
    workflowType: 'reconcile',
    everyMs: timings.reconcile,
    input,
    summary: `Reconcile fleet ${name}`,
    taskQueue,
  });
}
