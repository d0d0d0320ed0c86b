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

/** What Neon has of all that a plan speaks of. */
export interface SettingsRead {
  readonly ground: PlanGround;
  readonly settings: Partial<PlanSettings>;
  /** The compute that the tenant's database is written through. */
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

/** Asks Neon what it has by now, and fails where that is not what was set: an accepted change alone proves little. */
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

/** Everything at once: whatever came before, Neon has these settings in the end. Returns what it had otherwise. */
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

/** The same with what the tenant's plan sets, where that is known. Returns what was otherwise, in a sentence each. */
export async function mendSettings(activities: Activities, project: ProjectInput): Promise<string[]> {
  const wanted = await activities.plannedSettings(project);
  if (wanted === undefined) return [];
  const differences = await restoreSettings(activities, project, wanted);
  return differences.map(({ setting, from, to }) => `${setting} was ${from}, and the plan has ${to}`);
}
