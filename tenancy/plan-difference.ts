import type { Plan } from './plan.js';

type ComputeSetting = keyof Plan['compute'];

/**
 * Settings of the project as a whole. `newCompute`: what Neon gives to computes that are created later, such as a
 * branch's.
 */
export type ProjectSetting =
  | 'historyRetentionSeconds'
  | `quota.${keyof Plan['quota']}`
  | `newCompute.${ComputeSetting}`;

/** A setting that a plan controls, by its name and unit in the fleet's file; a quota of 0 is no limit. */
export type PlanSetting = ProjectSetting | `compute.${ComputeSetting}`;

/** The settings that a plan may omit. */
type MayBeUnsaid = Extract<PlanSetting, 'historyRetentionSeconds' | `${string}.suspendAfterSeconds`>;

export type PlanSettings = Readonly<
  Record<Exclude<PlanSetting, MayBeUnsaid>, number> & { [Setting in MayBeUnsaid]?: number }
>;

export interface SettingDifference {
  readonly setting: PlanSetting;
  readonly from: number;
  readonly to: number;
}

/** The default that Neon uses for 0. */
const defaultSuspendSeconds = 300;

/** All settings that a plan has on an existing project, in the order of output. */
export function settingsOf({ compute, historyRetentionSeconds, quota }: Plan): PlanSettings {
  return {
    'compute.minCu': compute.minCu,
    'compute.maxCu': compute.maxCu,
    ...unlessUnsaid('compute.suspendAfterSeconds', compute.suspendAfterSeconds),
    'newCompute.minCu': compute.minCu,
    'newCompute.maxCu': compute.maxCu,
    ...unlessUnsaid('newCompute.suspendAfterSeconds', compute.suspendAfterSeconds),
    ...unlessUnsaid('historyRetentionSeconds', historyRetentionSeconds),
    'quota.activeTimeSeconds': quota.activeTimeSeconds ?? 0,
    'quota.computeTimeSeconds': quota.computeTimeSeconds ?? 0,
    'quota.writtenDataBytes': quota.writtenDataBytes ?? 0,
    'quota.dataTransferBytes': quota.dataTransferBytes ?? 0,
    'quota.logicalSizeBytes': quota.logicalSizeBytes ?? 0,
  };
}

function unlessUnsaid<Setting extends MayBeUnsaid>(setting: Setting, value: number | undefined) {
  return value === undefined ? {} : ({ [setting]: value } as { [Name in Setting]: number });
}

/**
 * The settings at Neon that differ from the plan. Omitted are settings that Neon does not report or the plan does not
 * have, and two numbers that mean the same to Neon.
 */
export function planDifference(now: Partial<PlanSettings>, wanted: PlanSettings): SettingDifference[] {
  return (Object.keys(wanted) as PlanSetting[]).flatMap((setting) => {
    const [from, to] = [now[setting], wanted[setting]];
    return from === undefined || to === undefined || meaningOf(setting, from) === meaningOf(setting, to)
      ? []
      : [{ setting, from, to }];
  });
}

function meaningOf(setting: PlanSetting, value: number): number {
  return setting.endsWith('.suspendAfterSeconds') && value === 0 ? defaultSuspendSeconds : value;
}

/** Whether a setting belongs to the compute; all others belong to the project. */
export function isOfCompute(setting: PlanSetting): boolean {
  return setting.startsWith('compute.');
}

/** The properties of a project that a plan must fit, as Neon reports them. */
export interface PlanGround {
  readonly region: string;
  readonly postgres: number;
  /** The size of the live branch's data; absent while Neon has not measured it. */
  readonly logicalSizeBytes?: number | undefined;
}

/** Why a tenant cannot change to a plan in its present project, with the figures; `undefined` when it can. */
export function planUnfit(
  name: string,
  plan: PlanGround & { readonly settings: PlanSettings },
  ground: PlanGround,
): string | undefined {
  if (plan.region !== ground.region)
    return `plan "${name}" is in ${plan.region} and the tenant in ${ground.region}: that takes a move`;
  if (plan.postgres !== ground.postgres)
    return `plan "${name}" has Postgres ${plan.postgres} and the tenant ${ground.postgres}: that takes a move`;
  const limit = plan.settings['quota.logicalSizeBytes'];
  const taken = ground.logicalSizeBytes ?? 0;
  return limit > 0 && taken > limit
    ? `the tenant's data takes ${taken} bytes, and plan "${name}" allows ${limit}: delete some, or choose a larger plan`
    : undefined;
}
