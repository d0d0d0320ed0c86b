import { cancellationSignal } from '@temporalio/activity';
import { listEndpoints, updateEndpoint } from '../../neon/endpoints.js';
import { failure } from '../../tenancy/failures.js';
import type { PlanSettings } from '../../tenancy/plan-difference.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';
import { namingTheSetting } from './naming-the-setting.js';

const computeNames = {
  minCu: 'autoscaling_limit_min_cu',
  maxCu: 'autoscaling_limit_max_cu',
  suspendAfterSeconds: 'suspend_timeout_seconds',
} as const;

type ComputeWords = Record<(typeof computeNames)[keyof typeof computeNames], number>;

type ComputeRequest = Omit<ComputeWords, 'suspend_timeout_seconds'> & Partial<ComputeWords>;

export interface ComputeSettings {
  readonly endpointId: string;
  readonly settings: Partial<PlanSettings>;
}

/** Neon's current settings of the compute through which a branch is written. */
export function readComputeSettings({ neon }: Dependencies) {
  return async ({
    projectId,
    branchId,
  }: ProjectInput & { readonly branchId: string }): Promise<ComputeSettings> => {
    const endpoints = await listEndpoints(neon, projectId, cancellationSignal());
    const found = endpoints.find(({ branch_id, type }) => branch_id === branchId && type === 'read_write');
    if (found === undefined)
      throw failure('RequestUnfit', `branch ${branchId} has no compute to be written through, so no plan`);
    return { endpointId: found.id, settings: readCompute('compute', found) };
  };
}

/** Applies a plan's settings to a compute. Returns the operations to wait for. */
export function changeComputeSettings({ neon }: Dependencies) {
  return ({
    projectId,
    endpointId,
    settings,
  }: ProjectInput & { readonly endpointId: string; readonly settings: PlanSettings }): Promise<string[]> =>
    updateEndpoint(
      neon,
      { projectId, endpointId },
      computeRequest('compute', settings),
      cancellationSignal(),
    ).catch((error: unknown) => {
      throw namingTheSetting(error);
    });
}

/** A compute's settings, translated from Neon's names; missing ones are left out. */
export function readCompute<Of extends 'compute' | 'newCompute'>(
  of: Of,
  words: { readonly [Word in keyof ComputeWords]?: number | undefined },
) {
  const settings: Partial<Record<`${Of}.${keyof typeof computeNames}`, number>> = {};
  for (const ours of ['minCu', 'maxCu', 'suspendAfterSeconds'] as const) {
    const value = words[computeNames[ours]];
    if (value !== undefined) settings[`${of}.${ours}`] = value;
  }
  return settings;
}

/** The reverse: the settings in Neon's names. */
export function computeRequest(of: 'compute' | 'newCompute', settings: PlanSettings): ComputeRequest {
  const suspend = settings[`${of}.suspendAfterSeconds`];
  return {
    autoscaling_limit_min_cu: settings[`${of}.minCu`],
    autoscaling_limit_max_cu: settings[`${of}.maxCu`],
    ...(suspend === undefined ? {} : { suspend_timeout_seconds: suspend }),
  };
}
