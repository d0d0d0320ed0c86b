import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, sleep, startChild, TemporalFailure } from '@temporalio/workflow';
import type { MendAsked, TenantToLookInto } from '../activities/catalog/reconcile.js';
import type { ProjectInput, TenantInput } from '../activities/tenant-input.js';
import type { OwnTimings } from '../tenancy/default-timings.js';
import { type TenantOperation, transitionOf } from '../tenancy/lifecycle.js';
import { operationOptions } from '../tenancy/operation-options.js';
import type { MendOutcome, ReconcileSummary } from '../tenancy/reconcile.js';
import { type Activities, activitiesOf } from './frame/activities.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { endingWith, reasonOf } from './frame/failure-reason.js';
import { quarantineProject, releaseQuarantined } from './parts/mend-project.js';

export interface ReconcileInput {
  readonly fleet: string;
  readonly timings: OwnTimings;
  /** Whether to repair the findings. @default they are only reported */
  readonly apply?: boolean;
  /** Whether to wake sleeping computes. @default no */
  readonly wake?: boolean;
}

export type Reconciled =
  | ({ readonly outcome: 'compared'; readonly found: number; readonly mended: number } & ReconcileSummary)
  /** The observations prove nothing, so nothing was decided and nothing changed. */
  | { readonly outcome: 'refused'; readonly trouble: string }
  /** Another run reconciles the fleet. */
  | { readonly outcome: 'busy'; readonly workflowId: string };

/** The number of attempts of a look: there is another reconcile tomorrow. */
const attempts = 5;
/** The number of times that Neon is asked whether it has finished with a project. */
const patientAttempts = 60;
/** The number of tenants that are inspected, or repaired, at once. */
const atOnce = 5;
/** An organization has 30,000 projects at most: 75 pages. */
const mostPages = 100;
/** How long this run waits for an operation on a tenant. After that the operation continues on its own. */
const patienceMs = 15 * 60_000;

/**
 * Compares a fleet's catalog with Neon, Temporal and the tenants' databases, records where they disagree, and
 * repairs that on request. This run itself only compares: a tenant is repaired by an operation under the
 * tenant's own workflow id. Only a project without a tenant is shut, and deleted much later, by this run. An
 * incomplete list of projects ends the run before anything is decided.
 */
export async function reconcile(input: ReconcileInput): Promise<Reconciled> {
  const { fleet, timings, apply = false, wake = false } = input;
  const activities = activitiesOf(timings, { attempts });
  const { heldBy } = await activities.beginReconcile({ fleet });
  if (heldBy !== undefined) return { outcome: 'busy', workflowId: heldBy };
  try {
    await listProjects(activities, fleet);
    const { missing, tenants } = await activities.whatToLookInto({ fleet });
    await inTurns(missing, (projectId) => activities.askForProject({ fleet, projectId }));
    await inTurns(tenants, (tenant) => lookInto(activities, { fleet, wake, ...tenant }));
    const { found, mends, summary } = await activities.compareInventory({ fleet, apply, wake });
    const outcomes = await inTurns(mends, (asked) => mend(input, asked));
    await activities.endReconcile({ fleet, summary });
    return {
      outcome: 'compared',
      found,
      mended: outcomes.filter((outcome) => outcome === 'mended').length,
      ...summary,
    };
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const { message: trouble } = reasonOf(error);
    await activities.endReconcile({ fleet, trouble });
    return { outcome: 'refused', trouble };
  }
}

staysOnItsBuild(reconcile);

async function listProjects(activities: Activities, fleet: string): Promise<void> {
  const cursors = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const { next } = await activities.listInventory({ fleet, ...(cursor !== undefined && { cursor }) });
    if (next === undefined) return;
    if (cursors.has(next) || cursors.size === mostPages)
      throw endingWith({ type: 'NeonContractViolation', message: "Neon's list of projects has no end" });
    cursors.add(next);
    cursor = next;
  }
}

interface TenantLook extends TenantToLookInto {
  readonly fleet: string;
  readonly wake: boolean;
}

/** A tenant that cannot be inspected is skipped, and delays no other tenant. */
async function lookInto(activities: Activities, asked: TenantLook) {
  const { fleet, wake, tenantId, projectId, hasDatabase } = asked;
  const project: ProjectInput = { tenant: { fleet, id: tenantId }, projectId };
  try {
    const look = await activities.lookAtComputes(project);
    if (hasDatabase && (look.computes === 'awake' || (look.computes === 'asleep' && wake)))
      await activities.lookIntoDatabase({ ...project, look });
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
  }
}

/** Repairs a finding, and records the outcome. */
async function mend({ fleet, timings }: ReconcileInput, asked: MendAsked): Promise<MendOutcome> {
  const activities = activitiesOf(timings, { attempts: patientAttempts });
  const note = async (outcome: MendOutcome, trouble?: string) => {
    await activities.noteMend({ fleet, key: asked.key, outcome, ...(trouble !== undefined && { trouble }) });
    return outcome;
  };
  try {
    return await note(await mended(activities, fleet, asked));
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    return note('failed', reasonOf(error).message);
  }
}

async function mended(activities: Activities, fleet: string, asked: MendAsked): Promise<MendOutcome> {
  const { by, tenantId: id, projectId, runId } = asked;
  if (id === undefined) return 'failed';
  const held: TenantInput = { tenant: { fleet, id } };
  if (by === 'give up') {
    if (runId !== undefined) await activities.giveUpOnboarding({ ...held, runId });
    return 'mended';
  }
  if (by !== 'quarantine' && by !== 'delete' && by !== 'release')
    return operate(activities, held, { ...asked, by });
  if (projectId === undefined) return 'failed';
  const project: ProjectInput = { ...held, projectId };
  if (by === 'quarantine') await quarantineProject(activities, project);
  else if (by === 'delete') await activities.deleteQuarantined(project);
  else await releaseQuarantined(activities, project);
  return 'mended';
}

/** Starts the tenant's own operation for the repair. If another operation is under way, starts nothing. */
async function operate(
  { timings }: Activities,
  { tenant }: TenantInput,
  { by: operation, request = {}, visibility, runId }: MendAsked & { readonly by: TenantOperation },
): Promise<MendOutcome> {
  const stage = transitionOf(operation).during;
  // Other findings were repaired first, and somebody may have taken care of this one in the meantime.
  const startedBy = runId === undefined ? undefined : ({ kind: 'take-up', runId } as const);
  const asked = { operation, tenant, request, timings, stage, visibility, startedBy };
  const { workflowType, ...options } = operationOptions(asked);
  try {
    const child = await startChild(workflowType, {
      ...options,
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
    return await Promise.race([
      child.result().then(() => 'mended' as const),
      sleep(patienceMs).then(() => 'under way' as const),
    ]);
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'busy';
    throw error;
  }
}

/** Does the work for each item, a few at once. */
async function inTurns<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  const left = [...all.entries()];
  const lane = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift())
      done[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return done;
}
