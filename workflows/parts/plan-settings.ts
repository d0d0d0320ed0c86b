import type { ProjectInput } from '../../activities/tenant-input.js';
import {
  isOfCompute,
  type PlanGround,
  type PlanSettings,
  planDifference,
  type SettingDifference,
} from '../../tenancy/plan-difference.js';
import type { Activities } from '../frame/activities.js';
import { endingWith } from '../frame/failure-reason.js';
import { liveBranch } from './live-branch.js';
import { waitForNamed } from './wait-for-neon.js';

/** Neon's current values of everything that a plan sets. */
export interface SettingsRead {
  readonly ground: PlanGround;
  readonly settings: Partial<PlanSettings>;
  /** The compute through which the tenant's database is written. */
  readonly endpointId: string;
}

export async function readSettings(activities: Activities, project: ProjectInput): Promise<SettingsRead> {
  const { id: branchId, logicalSizeBytes } = await liveBranch(activities, project);
  const { region, postgres, settings } = await activities.readProjectSettings(project);
  const compute = await activities.readComputeSettings({ ...project, branchId });
  return {
    ground: { region, postgres, logicalSizeBytes },
    settings: { ...settings, ...compute.settings },
    endpointId: compute.endpointId,
  };
}

export async function changeProject(
  activities: Activities,
  project: ProjectInput,
  settings: PlanSettings,
  differences: readonly SettingDifference[],
): Promise<void> {
  if (differences.every(({ setting }) => isOfCompute(setting))) return;
  await waitForNamed(activities, project, await activities.changeProjectSettings({ ...project, settings }));
}

export async function changeCompute(
  activities: Activities,
  project: ProjectInput & { readonly endpointId: string },
  settings: PlanSettings,
  differences: readonly SettingDifference[],
): Promise<void> {
  if (!differences.some(({ setting }) => isOfCompute(setting))) return;
  await waitForNamed(activities, project, await activities.changeComputeSettings({ ...project, settings }));
}

/**
 * Reads the settings back from Neon, and fails if they differ from what was set: an accepted change alone
 * proves little.
 */
export async function verifySettings(
  activities: Activities,
  project: ProjectInput,
  wanted: PlanSettings,
): Promise<void> {
  const differences = planDifference((await readSettings(activities, project)).settings, wanted);
  if (differences.length === 0) return;
  const held = differences.map(({ setting, from, to }) => `${setting} is ${from} and not ${to}`);
  const message = `Neon did not take what was set: ${held.join(', ')}`;
  throw endingWith({ type: 'NeonContractViolation', message });
}

/**
 * All at once: whatever happened before, Neon has these settings in the end. Returns the settings that
 * differed.
 */
export async function restoreSettings(
  activities: Activities,
  project: ProjectInput,
  wanted: PlanSettings,
): Promise<readonly SettingDifference[]> {
  await activities.awaitIdle(project);
  const { settings, endpointId } = await readSettings(activities, project);
  const differences = planDifference(settings, wanted);
  await changeProject(activities, project, wanted, differences);
  await changeCompute(activities, { ...project, endpointId }, wanted, differences);
  await verifySettings(activities, project, wanted);
  return differences;
}

/**
 * The same with the settings of the tenant's plan, if they are known. Returns a sentence for each difference.
 */
export async function mendSettings(activities: Activities, project: ProjectInput): Promise<string[]> {
  const wanted = await activities.plannedSettings(project);
  if (wanted === undefined) return [];
  const differences = await restoreSettings(activities, project, wanted);
  return differences.map(({ setting, from, to }) => `${setting} was ${from}, and the plan has ${to}`);
}
