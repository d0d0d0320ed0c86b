import { type ScheduleDescription, ScheduleNotFoundError, WorkflowNotFoundError } from '@temporalio/client';
import { FleetSchedules } from '../../client/index.js';
import { defineFleet, type FleetDefinition } from '../../tenancy/fleet.js';
import { scheduleId } from '../../tenancy/naming.js';
import type { TestTenantry } from '../support/tenantry.js';

export type Declared = NonNullable<FleetDefinition['schedules']>;

/** Ids of schedules that tests have declared. */
const declared = new Set<string>();

/** The schedules of the test's fleet, as a deploy that declares these would have them. */
export function deployed(t: TestTenantry, schedules: Declared, taskQueue = t.taskQueue): FleetSchedules {
  for (const name of Object.keys(schedules)) declared.add(scheduleId(t.fleet.name, name));
  return new FleetSchedules({
    fleet: defineFleet({ ...t.fleet, schedules }),
    temporal: t.temporal,
    taskQueue,
  });
}

export function handleOf(t: TestTenantry, name: string) {
  return t.temporal.schedule.getHandle(scheduleId(t.fleet.name, name));
}

export function describe(t: TestTenantry, name: string): Promise<ScheduleDescription> {
  return handleOf(t, name).describe();
}

/** Moves with every update and every pause: equal ones prove that nothing was sent. */
export function versionOf({ raw }: ScheduleDescription): string {
  return Buffer.from(raw.conflictToken ?? []).toString('hex');
}

/** The fleet's runs that are under way, the oldest first. No worker has their type, so they stay. */
export async function running(t: TestTenantry): Promise<string[]> {
  const query = `WorkflowId STARTS_WITH "${scheduleId(t.fleet.name, '')}" and ExecutionStatus = "Running"`;
  const ids: string[] = [];
  for await (const { workflowId } of t.temporal.workflow.list({ query })) ids.unshift(workflowId);
  return ids;
}

/**
 * Deletes what the fleet's tests left, whoever made it. Temporal's lists still name for a while what is gone, and not yet what
 * was made a moment ago; so what was declared is deleted by its id as well.
 */
export async function sweep(t: TestTenantry): Promise<void> {
  const prefix = `schedule/${t.fleet.name}`;
  const query = `ScheduleId STARTS_WITH "${prefix}"`;
  const left = new Set(declared);
  declared.clear();
  for await (const { scheduleId } of t.temporal.schedule.list({ query })) left.add(scheduleId);
  for (const id of left) await t.temporal.schedule.getHandle(id).delete().catch(unlessGone);
  for (const id of await running(t)) await t.temporal.workflow.getHandle(id).terminate().catch(unlessGone);
}

function unlessGone(error: unknown): void {
  if (!(error instanceof ScheduleNotFoundError || error instanceof WorkflowNotFoundError)) throw error;
}
