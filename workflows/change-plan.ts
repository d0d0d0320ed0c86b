import { isCancellation, TemporalFailure, upsertSearchAttributes } from '@temporalio/workflow';
import type { TenantInput } from '../activities/tenant-input.js';
import type { TenantState } from '../tenancy/lifecycle.js';
import {
  type PlanSettings,
  planDifference,
  planUnfit,
  type SettingDifference,
} from '../tenancy/plan-difference.js';
import { searchAttributeKeysOf } from '../tenancy/search-attributes.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { type Activities, activitiesOf } from './frame/activities.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { endingWith, reasonOf } from './frame/failure-reason.js';
import { ownRun } from './frame/own-run.js';
import { trackProgress } from './frame/progress.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './frame/tenant-operation.js';
import {
  changeCompute,
  changeProject,
  readSettings,
  restoreSettings,
  verifySettings,
} from './parts/plan-settings.js';

export interface ChangePlanInput extends OperationInput {
  /** A plan's name in the worker's fleet. */
  readonly plan: string;
  /** If false, the differences are returned and nothing is changed. */
  readonly apply: boolean;
}

export interface PlanChange {
  readonly id: TenantId;
  readonly state: TenantState;
  /** The requested plan. */
  readonly plan: string;
  /** The plan that the tenant had. */
  readonly formerPlan: string;
  /** Neon's settings that differ from the plan. */
  readonly differences: readonly SettingDifference[];
  readonly applied: boolean;
  readonly seconds: number;
}

const compare = 'compare with Neon';

/**
 * Gives a tenant another plan, or returns what that would change. With the tenant's current plan, it repairs
 * drift.
 */
export function changePlan(input: ChangePlanInput): Promise<PlanChange> {
  return input.apply ? apply(input) : preview(input);
}

staysOnItsBuild(changePlan);

function apply(input: ChangePlanInput): Promise<PlanChange> {
  const { plan } = input;
  const { id } = input.tenant;
  return tenantOperation(input, {
    operation: 'changePlan',
    hookAfter: 'planChanged',
    asked: { plan },
    names: [compare, 'change project', 'change compute', 'read back'],
    async run({ activities, step, undo, held, project, begun }) {
      const found = await step(compare, () => comparison(activities, held, plan));
      const { settings, former, differences, endpointId } = found;
      if (differences.length > 0)
        undo.register(`restore the settings of plan "${begun.plan}"`, async () => {
          await restoreSettings(activities, project, former);
        });
      await step('change project', () => changeProject(activities, project, settings, differences));
      await step('change compute', () =>
        changeCompute(activities, { ...project, endpointId }, settings, differences),
      );
      await step('read back', () => verifySettings(activities, project, settings));
      upsertSearchAttributes([
        { key: searchAttributeKeysOf(input.visibility?.attributes).plan, value: plan },
      ]);
      const answer = { plan, formerPlan: begun.plan, differences, applied: true };
      return { change: { plan }, result: { id, state: 'ready', ...answer, seconds: secondsSoFar() } };
    },
  });
}

/** The preview does not claim the tenant: the tenant stays in its state, and its history has no entry. */
function preview(input: ChangePlanInput): Promise<PlanChange> {
  return ownRun(input, () => look(input));
}

async function look({ tenant, timings, plan }: ChangePlanInput): Promise<PlanChange> {
  const progress = trackProgress();
  const step = progress.plan([compare]);
  const held: TenantInput = { tenant };
  try {
    const found = await step(compare, () => comparison(activitiesOf(timings, { progress }), held, plan));
    const { state, formerPlan, differences } = found;
    return { id: tenant.id, state, plan, formerPlan, differences, applied: false, seconds: secondsSoFar() };
  } catch (error) {
    if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
    throw endingWith(reasonOf(error));
  }
}

interface Comparison {
  readonly state: TenantState;
  readonly formerPlan: string;
  readonly settings: PlanSettings;
  /**
   * The settings that a failed change goes back to: those of the tenant's current plan, or Neon's if that
   * plan is unknown.
   */
  readonly former: PlanSettings;
  readonly differences: readonly SettingDifference[];
  readonly endpointId: string;
}

/** Throws `RequestUnfit` if the tenant cannot have the plan. */
async function comparison(activities: Activities, held: TenantInput, plan: string): Promise<Comparison> {
  const { projectId, state, wanted, present } = await activities.readPlan({ ...held, plan });
  const { ground, settings, endpointId } = await readSettings(activities, { ...held, projectId });
  const unfit = planUnfit(plan, wanted, ground);
  if (unfit !== undefined) throw endingWith({ type: 'RequestUnfit', message: unfit });
  return {
    state,
    formerPlan: present.plan,
    settings: wanted.settings,
    former: present.settings ?? { ...wanted.settings, ...settings },
    differences: planDifference(settings, wanted.settings),
    endpointId,
  };
}
