import { WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  isCancellation,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  startChild,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { MemberEnd, RolloutInput, RolloutTurn } from '../activities/catalog/rollout-turn.js';
import { transitionOf } from '../tenancy/lifecycle.js';
import { lookAgainSignalName, rolloutMemberId } from '../tenancy/naming.js';
import { operationOptions } from '../tenancy/operation-options.js';
import { priorities } from '../tenancy/priorities.js';
import { goesOnByItself, isOperation, type RolloutState, rolloutDetails } from '../tenancy/rollout.js';
import { type Activities, activitiesOf } from './frame/activities.js';
import { movesToTheCurrentBuild } from './frame/build-moves.js';
import { reasonOf } from './frame/failure-reason.js';

export interface RolloutRun extends RolloutInput {
  /** Whether it continues a run that ended in good order. @default false */
  readonly goesOn?: boolean;
}

export interface RolledOut {
  /** Another run does whatever comes after this state. */
  readonly state: RolloutState;
}

const lookAgain = defineSignal(lookAgainSignalName);

/**
 * The longest wait between two looks, in milliseconds: the sweep restarts a rollout that has not looked for a
 * few minutes.
 */
const longestWaitMs = 60_000;
/** After this many events the run continues as new. Temporal itself suggests that at 4,096. */
const longestHistory = 2_000;
/** Bulk work yields to requests by people. */
const behindPeople = { priorityKey: priorities.bulk };

/**
 * Carries out a rollout as its row in the catalog says, a few tenants at a time: records who is done, takes
 * who is next, begins their operations, and waits until one of them ends or a person wants a change. The
 * catalog says who is included, who is done and what is wanted, so a run can end at any point and another one
 * continues. The run ends when nothing can begin for now, because the rollout is paused, stopped or over.
 */
export async function rollout(input: RolloutRun): Promise<RolledOut> {
  const { goesOn = false } = input;
  const of: RolloutInput = { fleet: input.fleet, rollout: input.rollout };
  const activities = activitiesOf({});
  const person = watchForPeople();
  // Operations that it has begun are not undone: a person who cancels the run gets a pause, and nothing more
  // begins.
  return CancellationScope.nonCancellable(async () => {
    const underWay = new Set<string>();
    let ended: MemberEnd[] = [];
    if (!goesOn) await activities.enrolTenants(of);
    for (let turn = 1; ; turn += 1) {
      if (person.takeCancelled()) await activities.pauseRollout(of);
      person.heard();
      const isLast = workflowInfo().historyLength > longestHistory || workflowInfo().continueAsNewSuggested;
      const told = ended;
      ended = [];
      const holdsNone = underWay.size === 0;
      const taken = await activities.takeRolloutTurn({ ...of, turn, holdsNone, isLast, ended: told });
      const { waitMs: pausesMs, waitsFor } = taken;
      const wait =
        pausesMs === undefined || waitsFor === undefined
          ? undefined
          : { for: waitsFor, until: new Date(Date.now() + pausesMs).toISOString() };
      setCurrentDetails(rolloutDetails({ ...taken, wait }));
      for (const member of taken.begin) {
        underWay.add(member.tenantId);
        void treat(of, taken, member, activities).then((end) => {
          underWay.delete(member.tenantId);
          ended.push(end);
        });
      }
      if (underWay.size === 0 && ended.length === 0 && !person.wantsSomething()) {
        if (!goesOnByItself(taken.state)) return { state: taken.state };
        if (isLast) await continueAsNew<typeof rollout>({ ...of, goesOn: true });
      }
      const waitMs = Math.min(taken.waitMs ?? longestWaitMs, longestWaitMs);
      await condition(() => person.wantsSomething() || ended.length > 0, waitMs);
    }
  });
}

movesToTheCurrentBuild(rollout);

/** A signal reports that the catalog's wishes have changed. A cancellation of the run asks for a pause. */
function watchForPeople() {
  let wanted = false;
  let cancelled = false;
  setHandler(lookAgain, () => {
    wanted = true;
  });
  CancellationScope.current().cancelRequested.catch(() => {
    cancelled = true;
  });
  return {
    wantsSomething: () => wanted || cancelled,
    heard() {
      wanted = false;
    },
    /** True once. */
    takeCancelled() {
      const was = cancelled;
      cancelled = false;
      return was;
    },
  };
}

/**
 * Treats one tenant, and returns how that ended. It never throws: one tenant's failure is not the rollout's.
 */
async function treat(
  { fleet, rollout }: RolloutRun,
  { verb, request, timings }: RolloutTurn,
  { tenantId, plan, visibility }: RolloutTurn['begin'][number],
  activities: Activities,
): Promise<MemberEnd> {
  const tenant = { fleet, id: tenantId };
  const workflowId = rolloutMemberId(fleet, rollout, tenantId, visibility?.tenant);
  const started = () => {
    const common = { parentClosePolicy: ParentClosePolicy.ABANDON, priority: behindPeople };
    if (!isOperation(verb))
      return startChild(String(request.workflow), {
        ...common,
        workflowId,
        // A run that has succeeded was begun by an earlier run of this rollout, which was terminated.
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
        args: [{ ...(request.input as object | undefined), tenant }],
      });
    const stage = transitionOf(verb).during;
    const asked = { operation: verb, tenant, request, timings, plan, stage, visibility };
    const { workflowType, ...options } = operationOptions(asked);
    return startChild(workflowType, { ...options, ...common });
  };
  try {
    const result: unknown = await (await started()).result();
    const isAsleep = verb === 'migrate' && (result as { readonly asleep?: boolean }).asleep === true;
    return { tenantId, outcome: isAsleep ? 'asleep' : 'succeeded' };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      const status = isOperation(verb)
        ? 'open'
        : await activities.statusOfRolloutRun({ fleet, rollout, workflowId });
      return { tenantId, outcome: status === 'succeeded' ? 'succeeded' : 'busy' };
    }
    if (!(error instanceof TemporalFailure)) throw error;
    const reason = isCancellation(error)
      ? { type: 'Cancelled' as const, message: 'it was cancelled' }
      : reasonOf(error);
    return { tenantId, outcome: reason.type === 'TenantStateConflict' ? 'skipped' : 'failed', reason };
  }
}
