import type { ProjectStep } from '../../activities/tenant-step.js';
import {
  isOfCompute,
  type PlanGround,
  type PlanSettings,
  planDifference,
  type SettingDifference,
} from '../../tenancy/plan-difference.js';
import { endingWith } from '../frame/failure-reason.js';
import type { Steps } from '../frame/steps.js';
import { liveBranch } from './live-branch.js';
import { settled } from './settled.js';

/** What Neon has of all that a plan speaks of. */
export interface SettingsRead {
  readonly ground: PlanGround;
  readonly settings: Partial<PlanSettings>;
  /** The compute that the tenant's database is written through. */
  readonly endpointId: string;
}

export async function readSettings(steps: Steps, project: ProjectStep): Promise<SettingsRead> {
  const { id: branchId, logicalSizeBytes } = await liveBranch(steps, project);
  const { region, postgres, settings } = await steps.readProjectSettings(project);
  const compute = await steps.readComputeSettings({ ...project, branchId });
  return {
    ground: { region, postgres, logicalSizeBytes },
    settings: { ...settings, ...compute.settings },
    endpointId: compute.endpointId,
  };
}

export async function changeProject(
  steps: Steps,
  project: ProjectStep,
  settings: PlanSettings,
  differences: readonly SettingDifference[],
): Promise<void> {
  if (differences.every(({ setting }) => isOfCompute(setting))) return;
  await settled(steps, project, await steps.changeProjectSettings({ ...project, settings }));
}

export async function changeCompute(
  steps: Steps,
  project: ProjectStep & { readonly endpointId: string },
  settings: PlanSettings,
  differences: readonly SettingDifference[],
): Promise<void> {
  if (!differences.some(({ setting }) => isOfCompute(setting))) return;
  await settled(steps, project, await steps.changeComputeSettings({ ...project, settings }));
}

/** Asks Neon what it has by now, and fails where that is not what was set: an accepted change alone proves little. */
export async function verifySettings(
  steps: Steps,
  project: ProjectStep,
  wanted: PlanSettings,
): Promise<void> {
  const differences = planDifference((await readSettings(steps, project)).settings, wanted);
  if (differences.length === 0) return;
  const told = differences.map(({ setting, from, to }) => `${setting} is ${from} and not ${to}`);
  const message = `Neon did not take what was set: ${told.join(', ')}`;
  throw endingWith({ type: 'NeonContractViolation', message });
}

/** Everything at once: whatever came before, Neon has these settings in the end. Returns what it had otherwise. */
export async function restoreSettings(
  steps: Steps,
  project: ProjectStep,
  wanted: PlanSettings,
): Promise<readonly SettingDifference[]> {
  await steps.awaitIdle(project);
  const { settings, endpointId } = await readSettings(steps, project);
  const differences = planDifference(settings, wanted);
  await changeProject(steps, project, wanted, differences);
  await changeCompute(steps, { ...project, endpointId }, wanted, differences);
  await verifySettings(steps, project, wanted);
  return differences;
}

/** The same with what the tenant's plan sets, where that is known. Returns what was otherwise, in a sentence each. */
export async function mendSettings(steps: Steps, project: ProjectStep): Promise<string[]> {
  const wanted = await steps.plannedSettings(project);
  if (wanted === undefined) return [];
  const differences = await restoreSettings(steps, project, wanted);
  return differences.map(({ setting, from, to }) => `${setting} was ${from}, and the plan has ${to}`);
}
