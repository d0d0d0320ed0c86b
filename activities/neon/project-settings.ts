import { cancellationSignal } from '@temporalio/activity';
import { getProject, updateProject } from '../../neon/projects.js';
import type { PlanSettings, ProjectSetting } from '../../tenancy/plan-difference.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';
import { computeRequest, readCompute } from './compute-settings.js';
import { namingTheSetting } from './naming-the-setting.js';
import { quotaNames } from './project-request.js';

export interface ProjectSettings {
  readonly region: string;
  readonly postgres: number;
  /** Without the settings that Neon's reply lacks. */
  readonly settings: Partial<Record<ProjectSetting, number>>;
}

/** Neon's current settings of the whole project. */
export function readProjectSettings({ neon }: Dependencies) {
  return async ({ projectId }: ProjectInput): Promise<ProjectSettings> => {
    const project = await getProject(neon, projectId, cancellationSignal());
    const { quota = {} } = project.settings ?? {};
    const quotas = Object.entries(quotaNames).map(([ours, theirs]) => [`quota.${ours}`, quota[theirs] ?? 0]);
    return {
      region: project.region_id,
      postgres: project.pg_version,
      settings: {
        historyRetentionSeconds: project.history_retention_seconds,
        ...readCompute('newCompute', project.default_endpoint_settings ?? {}),
        ...Object.fromEntries(quotas),
      },
    };
  };
}

/** Applies a plan's project settings. Returns the operations to wait for. */
export function changeProjectSettings({ neon }: Dependencies) {
  return ({ projectId, settings }: ProjectInput & { readonly settings: PlanSettings }): Promise<string[]> => {
    const quotas = Object.entries(quotaNames).map(([ours, theirs]) => [
      theirs,
      settings[`quota.${ours as keyof typeof quotaNames}`],
    ]);
    const change = {
      ...(settings.historyRetentionSeconds === undefined
        ? {}
        : { history_retention_seconds: settings.historyRetentionSeconds }),
      default_endpoint_settings: computeRequest('newCompute', settings),
      settings: { quota: Object.fromEntries(quotas) },
    };
    return updateProject(neon, projectId, change, cancellationSignal()).catch((error: unknown) => {
      throw namingTheSetting(error);
    });
  };
}
